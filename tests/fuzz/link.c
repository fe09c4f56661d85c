/* libFuzzer target: whatever message about a network device comes, reading it does no harm. The
 * first two bytes are the port that is looked for, the rest is the message. */
#include <stdint.h>

#include "facts/kernel_socket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 2)
        kernel_socket_in_link(data + 2, size - 2, (uint16_t)(data[0] << 8 | data[1]));
    return 0;
}

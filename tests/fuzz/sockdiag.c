/* libFuzzer target: whatever message a kernel sends, it is a sound row or none. The first byte
 * chooses the protocol, the rest is the message. */
#include <stdint.h>
#include <stdlib.h>

#include "facts/sockdiag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum protocol protocol;
    struct diag_row row;

    if (size == 0)
        return 0;
    protocol = (enum protocol)(data[0] % PROTOCOL_COUNT);
    if (!sockdiag_row(data + 1, size - 1, protocol, &row))
        return 0;
    check(row.socket.protocol == protocol);
    check(row.socket.state > STATE_UNKNOWN && row.socket.state < STATE_COUNT);
    check(row.socket.local.family > FAMILY_NONE && row.socket.local.family < FAMILY_COUNT &&
          row.socket.local.family != FAMILY_OTHER);
    check((row.socket.local.family == FAMILY_UNIX) == (protocol == PROTOCOL_UNIX));
    check(row.socket.local.path_length <= ENDPOINT_PATH_MAX);
    check(row.socket.uid >= UID_UNKNOWN && row.socket.uid <= UINT32_MAX);
    check(row.timer_ms == -1 || row.socket.minisocket);
    check(row.outgoing < ANSWER_COUNT && row.socket.options.v6only < ANSWER_COUNT);
    return 0;
}

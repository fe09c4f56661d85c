/* libFuzzer target: whatever a line of /proc/net holds, it is a sound row or none. The first byte
 * chooses the family, the rest is the line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "facts/procnet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum family family;
    enum protocol protocol;
    struct diag_row row;
    char *line;

    if (size == 0)
        return 0;
    family = (enum family)(data[0] % FAMILY_COUNT);
    protocol = family == FAMILY_UNIX ? PROTOCOL_UNIX : PROTOCOL_TCP;
    line = malloc(size);
    if (line == NULL)
        return 0;
    memcpy(line, data + 1, size - 1);
    if (procnet_row(line, size - 1, protocol, family, &row)) {
        check(row.socket.protocol == protocol && row.socket.local.family == family);
        check(row.socket.state > STATE_UNKNOWN && row.socket.state < STATE_COUNT);
        check(row.socket.local.path_length <= ENDPOINT_PATH_MAX);
        check(row.socket.uid >= UID_UNKNOWN && row.socket.uid <= UINT32_MAX);
        check(row.timer_ms >= -1 && (row.timer_ms == -1 || row.socket.minisocket));
    }
    free(line);
    return 0;
}

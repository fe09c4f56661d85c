#include "facts/range.h"

#include <fcntl.h>
#include <netinet/in.h>

#include "base/sys.h"
#include "facts/procnet.h"
#include "facts/sockdiag.h"
#include "proc/ports.h"

enum { OPTION_LOCAL_PORT_RANGE = 51 }; /* linux/in.h, Linux 6.3: low port, high port << 16 */

/* Missing before Linux 5.8, where nothing was shared either. */
static bool reads_one(const char *path)
{
    char text[16];

    return sys_read_file(AT_FDCWD, path, text, sizeof text) > 0 && text[0] == '1';
}

/* Is it, or may it have been? */
static bool is_outgoing(const struct holder *holder)
{
    return holder->outgoing == ANSWER_YES || holder->socket.state == STATE_SYN_SENT ||
           holder->socket.minisocket;
}

void range_of_outgoing(struct evidence *evidence)
{
    size_t i = 0;

    while (i < evidence->holder_count && !is_outgoing(&evidence->holders[i]))
        i++;
    if (i < evidence->holder_count)
        range_read(&evidence->range);
}

struct counting {
    struct evidence *evidence;
    uint8_t *seen; /* a bit a port */
};

static bool visit(void *context, const struct diag_row *row)
{
    struct counting *counting = context;
    struct range *range = &counting->evidence->range;
    uint16_t port = row->socket.local.port;

    if (port < range->first || port > range->last || counting->seen[port / 8] >> port % 8 & 1 ||
        conflict_between(&counting->evidence->attempt.socket, &row->socket).meets == ANSWER_NO)
        return true;
    counting->seen[port / 8] |= (uint8_t)(1u << port % 8);
    range->taken++;
    return true;
}

void range_look(struct evidence *evidence, struct scratch *scratch)
{
    struct range *range = &evidence->range;
    struct diag_query query = {.protocol = evidence->attempt.socket.protocol};
    struct counting counting = {evidence, scratch_take(scratch, 65536 / 8)};
    struct diag_visitor visitor = {visit, &counting};
    struct diag_result result;
    char *reserved = scratch_take(scratch, 16384);
    long length;
    int own;

    if (counting.seen == NULL || reserved == NULL)
        return;
    range_read(range);
    if (evidence->attempt.fd >= 0 &&
        sys_get_option(evidence->attempt.fd, IPPROTO_IP, OPTION_LOCAL_PORT_RANGE, &own) == 0)
        range_narrow(range, (uint32_t)own);
    range->autobind_reuse = reads_one("/proc/sys/net/ipv4/ip_autobind_reuse");
    length = sys_read_file(AT_FDCWD, "/proc/sys/net/ipv4/ip_local_reserved_ports", reserved,
                           16384);
    if (length > 0)
        range->reserved = range_reserved(reserved, (size_t)length, range->first, range->last);
    result = sockdiag_each(&query, &visitor);
    if (result.error != 0) {
        evidence->limits |= 1u << VISIBILITY_NO_NETLINK;
        result = procnet_each(&query, &visitor);
    }
    evidence->kernel_asked = result.error == 0 && result.complete;
    evidence->bound_seen = result.bound_seen;
}

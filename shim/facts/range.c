#include "facts/range.h"

#include <fcntl.h>
#include <netinet/in.h>

#include "base/sys.h"
#include "facts/procnet.h"
#include "facts/sockdiag.h"

enum { OPTION_LOCAL_PORT_RANGE = 51 }; /* linux/in.h, Linux 6.3: low port, high port << 16 */

static const char *skip_to_digit(const char *at, const char *end)
{
    while (at < end && (*at < '0' || *at > '9'))
        at++;
    return at;
}

static uint32_t read_port(const char **at, const char *end)
{
    uint32_t number = 0;

    while (*at < end && **at >= '0' && **at <= '9' && number <= UINT16_MAX)
        number = number * 10 + (uint32_t)(*(*at)++ - '0');
    return number;
}

uint32_t range_reserved(const char *list, size_t length, uint16_t first, uint16_t last)
{
    const char *end = list + length;
    uint32_t count = 0;

    for (list = skip_to_digit(list, end); list < end; list = skip_to_digit(list, end)) {
        uint32_t low = read_port(&list, end), high = low;

        if (list < end && *list == '-') {
            list++;
            high = read_port(&list, end);
        }
        low = low < first ? first : low;
        high = high > last ? last : high;
        if (low <= high)
            count += high - low + 1;
    }
    return count;
}

static void read_limits(struct range *range)
{
    char text[64];
    const char *at = text, *end;
    long length = sys_read_file(AT_FDCWD, "/proc/sys/net/ipv4/ip_local_port_range", text,
                                sizeof text);
    uint32_t first, last;

    if (length <= 0)
        return;
    end = text + length;
    first = read_port(&at, end);
    at = skip_to_digit(at, end);
    last = read_port(&at, end);
    if (first == 0 || first > last || last > UINT16_MAX)
        return;
    range->first = (uint16_t)first;
    range->last = (uint16_t)last;
}

/* Missing before Linux 5.8, where nothing was shared either. */
static bool reads_one(const char *path)
{
    char text[16];

    return sys_read_file(AT_FDCWD, path, text, sizeof text) > 0 && text[0] == '1';
}

bool range_may_give(uint16_t port)
{
    struct range range = {.first = 0};

    read_limits(&range);
    return range.first == 0 || range_has(&range, port);
}

/* As inet_sk_get_local_port_range() has it: an end counts only if it lies inside. */
void range_narrow(struct range *range, uint32_t own)
{
    uint16_t first = (uint16_t)own, last = (uint16_t)(own >> 16);

    range->own = own != 0;
    if (range_has(range, first))
        range->first = first;
    if (range_has(range, last))
        range->last = last;
}

static bool is_outgoing(const struct holder *holder)
{
    return holder->outgoing == ANSWER_YES || holder->socket.state == STATE_SYN_SENT;
}

void range_of_outgoing(struct evidence *evidence)
{
    size_t i = 0;

    while (i < evidence->holder_count && !is_outgoing(&evidence->holders[i]))
        i++;
    if (i < evidence->holder_count)
        read_limits(&evidence->range);
}

struct counting {
    struct evidence *evidence;
    uint8_t *seen; /* a bit a port */
};

static bool visit(void *context, const struct diag_row *row)
{
    struct counting *counting = context;
    struct range *range = &counting->evidence->range;
    struct party held = {.protocol = row->protocol, .local = row->local, .device = row->device,
                         .options.v6only = row->v6only, .state = row->state, .uid = row->uid,
                         .connected = row->remote.family != FAMILY_NONE};
    uint16_t port = row->local.port;

    if (port < range->first || port > range->last || counting->seen[port / 8] >> port % 8 & 1 ||
        conflict_between(&counting->evidence->attempt.socket, &held).meets == ANSWER_NO)
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
    read_limits(range);
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

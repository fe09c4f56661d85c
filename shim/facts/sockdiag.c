#include "facts/sockdiag.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "facts/netlink.h"

/* One look: what is asked, and how far it has come. */
struct listing {
    const struct diag_query *query;
    const struct diag_visitor *visitor;
    int fd;
    uint32_t sequence; /* of the last request */
    unsigned int release;
    char *reply;       /* NETLINK_REPLY_SIZE bytes */
    bool bound_row;    /* a bound-only TCP socket came */
};

static bool deliver(void *context, const void *message, size_t length)
{
    struct listing *look = context;
    struct diag_row row;

    if (!sockdiag_row(message, length, look->query->protocol, &row) ||
        !sockdiag_wants(look->query, &row))
        return true;
    /* TIME_WAIT: af9784d007d8. Orphans: bac76cf89816, also in later releases of older series. */
    row.socket.outlasts =
        row.inode == 0 &&
        look->release < (row.socket.minisocket ? SYS_RELEASE(6, 0) : SYS_RELEASE(6, 10));
    if (row.socket.protocol == PROTOCOL_TCP && row.socket.state == STATE_BOUND)
        look->bound_row = true;
    return look->visitor->visit(look->visitor->context, &row);
}

static struct netlink_result dump_domain(struct listing *look, int domain)
{
    uint32_t message[SOCKDIAG_REQUEST_MAX / sizeof(uint32_t)];
    const struct netlink_visitor visitor = {deliver, look};
    size_t size = sockdiag_request(look->query, domain, ++look->sequence, message);

    return netlink_dump(look->fd, message, size, look->reply, &visitor);
}

static struct netlink_result dump_families(struct listing *look)
{
    struct netlink_result first = {0}, result;

    if (!look->query->only_inet6)
        first = dump_domain(look, AF_INET);
    if (first.error < 0 || first.stopped)
        return first;
    result = dump_domain(look, AF_INET6);
    result.interrupted = result.interrupted || first.interrupted;
    return result;
}

static struct netlink_result dump(struct listing *look)
{
    struct netlink_result result;

    if (look->query->protocol == PROTOCOL_UNIX)
        return dump_domain(look, AF_UNIX);
    if (look->query->protocol == PROTOCOL_VSOCK)
        return dump_domain(look, AF_VSOCK);
    if (look->query->protocol == PROTOCOL_NETLINK)
        return dump_domain(look, AF_NETLINK);
    if (look->query->protocol != PROTOCOL_TCP || look->query->only_inet6)
        return dump_families(look);
    result = dump_domain(look, AF_UNSPEC);
    if (result.error < 0 && !result.answered) /* a kernel that has dropped the old request */
        result = dump_families(look);
    return result;
}

struct diag_result sockdiag_each(const struct diag_query *query,
                                 const struct diag_visitor *visitor)
{
    struct listing look = {.query = query, .visitor = visitor, .release = sys_kernel_release()};
    struct netlink_result result = {.error = -ENOMEM};
    struct diag_result worth;
    struct loan loan;

    if (query->protocol == PROTOCOL_NONE || query->protocol >= PROTOCOL_SCTP)
        return (struct diag_result){.error = -EINVAL};
    look.fd = netlink_open(NETLINK_SOCK_DIAG);
    if (look.fd < 0)
        return (struct diag_result){.error = look.fd};
    loan = scratch_borrow(query->scratch, NETLINK_REPLY_SIZE);
    look.reply = loan.memory;
    if (look.reply != NULL)
        result = dump(&look);
    scratch_repay(query->scratch, &loan);
    sys_close(look.fd);
    worth.error = result.error;
    worth.complete = result.error == 0 && !result.stopped && !result.interrupted;
    worth.bound_seen = result.error == 0 && query->protocol == PROTOCOL_TCP &&
                       (query->states == 0 || (query->states >> STATE_BOUND & 1u) != 0) &&
                       (look.bound_row || look.release >= SYS_RELEASE(6, 8));
    return worth;
}

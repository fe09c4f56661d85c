#include "facts/unlisted.h"

#include <fcntl.h>
#include <string.h>

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/budget.h"
#include "base/constants.h"
#include "base/sys.h"
#include "proc/process.h"

enum {
    PIDS_MAX = 32 * 1024, /* processes that can be looked at */
    SEEN_MAX = 256,       /* sockets that can be told from each other */
    TCP_CLOSE_STATE = 7   /* include/net/tcp_states.h */
};

/* Memory for one look; mapped, so what is not used costs nothing. */
struct work {
    char names[PROCESS_NAMES_SIZE];
    int32_t pids[PIDS_MAX];
    uint64_t seen[SEEN_MAX]; /* inodes of the sockets that were visited */
};

struct descriptors {
    const struct diag_query *query;
    const struct diag_visitor *visitor;
    struct work *work;
    size_t seen_count;
    int handle;          /* of the process that is being looked at, or -errno; not for ourselves */
    bool ours;
    bool stopped;        /* by the visitor */
    bool missed;         /* something could not be looked at, */
    uint32_t limits;     /* ... and why, as far as that is told */
    struct budget budget;
};

static void miss(struct descriptors *look, int error)
{
    look->missed = true;
    if (error == -EACCES || error == -EPERM)
        look->limits |= 1u << VISIBILITY_UNPRIVILEGED;
}

static bool is_late(struct descriptors *look)
{
    if (!budget_is_spent(&look->budget))
        return false;
    look->missed = true;
    look->limits |= 1u << VISIBILITY_BUDGET;
    return true;
}

/* Is FD in TCP_CLOSE, and was it always? A socket that has sent or received anything was connected,
 * and may have its port still. MPTCP does not tell; there, whoever neither listens nor has a peer
 * has to pass. */
static bool is_bound_only(struct descriptors *look, int fd, int protocol)
{
    struct tcp_info info;
    socklen_t length = sizeof info;
    int listens;

    if (protocol == IPPROTO_MPTCP)
        return sys_get_option(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens) == 0 && !listens &&
               sys_call(SYS_getpeername, fd, &info, &length) == -ENOTCONN;
    memset(&info, 0, sizeof info);
    if (sys_call(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 ||
        info.tcpi_state != TCP_CLOSE_STATE)
        return false;
    if (info.tcpi_segs_out != 0 || info.tcpi_segs_in != 0)
        miss(look, 0);
    return info.tcpi_segs_out == 0 && info.tcpi_segs_in == 0;
}

static void read_details(int fd, struct diag_row *row)
{
    struct sys_file file;
    socklen_t length = sizeof row->cookie;
    int value;

    if (row->socket.local.family == FAMILY_INET6 &&
        sys_get_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value) == 0)
        row->socket.options.v6only = answer_of(value != 0);
    if (sys_get_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &value) == 0)
        row->socket.device = (uint32_t)value;
    sys_call(SYS_getsockopt, fd, SOL_SOCKET, SO_COOKIE, &row->cookie, &length);
    if (sys_file_of_fd(fd, &file) == 0)
        row->socket.uid = file.uid;
}

/* Fills ROW if FD is a bound-only TCP socket with INODE that the query asks for. */
static bool read_row(struct descriptors *look, int fd, uint64_t inode, struct diag_row *row)
{
    _Alignas(struct sockaddr_storage) char address[ENDPOINT_SOCKADDR_MAX];
    socklen_t length = sizeof address;
    struct sys_file file;
    int domain, protocol;

    if (sys_get_option(fd, SOL_SOCKET, SO_DOMAIN, &domain) != 0 ||
        (domain != AF_INET && domain != AF_INET6) ||
        sys_get_option(fd, SOL_SOCKET, SO_PROTOCOL, &protocol) != 0 ||
        (protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP) ||
        sys_call(SYS_getsockname, fd, address, &length) != 0)
        return false;
    memset(row, 0, sizeof *row);
    row->socket.protocol = PROTOCOL_TCP;
    row->socket.local = endpoint_from_sockaddr(address, length);
    row->socket.state = STATE_BOUND;
    row->inode = inode;
    row->timer_ms = -1;
    row->socket.uid = UID_UNKNOWN;
    if (row->socket.local.port == 0 || !sockdiag_wants(look->query, row) ||
        sys_file_of_fd(fd, &file) != 0 || file.inode != inode || !is_bound_only(look, fd, protocol))
        return false;
    read_details(fd, row);
    return true;
}

static bool was_seen(const struct descriptors *look, uint64_t inode)
{
    for (size_t i = 0; i < look->seen_count; i++)
        if (look->work->seen[i] == inode)
            return true;
    return false;
}

static void deliver(struct descriptors *look, const struct diag_row *row)
{
    if (look->seen_count < SEEN_MAX)
        look->work->seen[look->seen_count++] = row->inode;
    look->stopped = !look->visitor->visit(look->visitor->context, row);
}

static bool visit_socket(void *context, int32_t fd, uint64_t inode)
{
    struct descriptors *look = context;
    struct diag_row row;
    int copy;

    if (is_late(look))
        return false;
    if (was_seen(look, inode))
        return true;
    copy = look->ours ? fd : process_copy_descriptor(look->handle, fd);
    if (copy < 0) {
        if (copy != -EBADF) /* closed meanwhile */
            miss(look, copy);
        return copy == -EBADF;
    }
    if (read_row(look, copy, inode, &row))
        deliver(look, &row);
    if (!look->ours)
        sys_close(copy);
    return !look->stopped;
}

static void look_at(struct descriptors *look, int proc, int32_t pid, bool ours)
{
    const struct socket_visitor visitor = {visit_socket, look};
    int error;

    look->ours = ours;
    look->handle = ours ? -1 : process_open(pid);
    if (!ours && look->handle < 0) {
        if (look->handle != -ESRCH)
            miss(look, look->handle);
        return;
    }
    error = process_sockets(proc, pid, &visitor, look->work->names);
    if (error == -EACCES || error == -EPERM)
        miss(look, error);
    if (!ours)
        sys_close(look->handle);
}

static void look_around(struct descriptors *look, int proc)
{
    int32_t *pids = look->work->pids;
    int32_t self = sys_pid();
    long count;

    look->budget = budget_of(UNLISTED_BUDGET_MS);
    look_at(look, proc, self, true);
    count = process_list(proc, pids, PIDS_MAX, look->work->names);
    if (count < 0 || count > PIDS_MAX) {
        look->missed = true;
        count = count < 0 ? 0 : PIDS_MAX;
    }
    for (long i = count; i-- > 0 && !look->stopped && !is_late(look);)
        if (pids[i] != self)
            look_at(look, proc, pids[i], false);
}

struct diag_result unlisted_each(const struct diag_query *query, const struct diag_visitor *visitor,
                                 uint32_t *limits)
{
    struct diag_result result = {0, false, false};
    struct descriptors look = {.query = query, .visitor = visitor};
    int proc = process_folder();

    *limits = 0;
    if (proc < 0)
        return (struct diag_result){.error = proc};
    look.work = sys_map(sizeof *look.work);
    if (look.work == NULL) {
        result.error = -ENOMEM;
    } else {
        look_around(&look, proc);
        sys_unmap(look.work, sizeof *look.work);
        result.complete = !look.stopped && !look.missed;
        result.bound_seen = result.complete;
    }
    sys_close(proc);
    *limits = look.limits;
    return result;
}

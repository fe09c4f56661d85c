#include "facts/sockdiag.h"

#include <string.h>

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/utsname.h>

#include "base/sys.h"

enum {
    /* The most that the kernel puts in one piece of a dump (netlink_recvmsg), if it is given room
     * for it: the fewest system calls. */
    REPLY_SIZE = 32 * 1024,
    /* A dump is made while it is read, so nothing is ever waited for; this is for kernels that are
     * none. */
    REPLY_TIMEOUT_S = 1
};

/* A kernel release as a number that can be compared. */
#define RELEASE(major, minor) ((major) << 16 | (minor))

/* One look: what is asked, and how far it has come. */
struct look {
    const struct diag_query *query;
    const struct diag_visitor *visitor;
    int fd;
    uint32_t sequence;  /* of the dump that is being read */
    unsigned int release;
    char *reply;        /* REPLY_SIZE bytes */
    bool stopped;       /* by the visitor */
    bool interrupted;   /* rows may be missing */
    bool bound_row;     /* a bound-only TCP socket came */
    bool any_reply;     /* the kernel has begun to answer the current request */
};

static unsigned int kernel_release(void)
{
    struct utsname name;
    unsigned int parts[2] = {0, 0};
    const char *at = name.release;

    if (sys_call(SYS_uname, &name) < 0)
        return 0;
    for (int i = 0; i < 2; i++, at += *at == '.')
        for (; *at >= '0' && *at <= '9' && parts[i] < 1000; at++)
            parts[i] = parts[i] * 10 + (unsigned int)(*at - '0');
    return RELEASE(parts[0], parts[1]);
}

static int send_request(struct look *look, const void *message, size_t size)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    long sent;

    look->any_reply = false;
    do
        sent = sys_call(SYS_sendto, look->fd, message, size, MSG_NOSIGNAL, &kernel,
                        (socklen_t)sizeof kernel);
    while (sent == -EINTR);
    return sent < 0 ? (int)sent : 0;
}

/* Returns the bytes of the next reply that came from the kernel, or -errno. */
static long receive(struct look *look)
{
    struct sockaddr_nl sender;
    socklen_t length;
    long got;

    do {
        length = sizeof sender;
        memset(&sender, 0, sizeof sender);
        got = sys_call(SYS_recvfrom, look->fd, look->reply, (size_t)REPLY_SIZE, MSG_TRUNC, &sender,
                       &length);
    } while (got == -EINTR || (got >= 0 && sender.nl_pid != 0));
    if (got == 0)
        return -EPROTO;
    if (got > REPLY_SIZE) { /* its end is lost; what is there can be used */
        look->interrupted = true;
        got = REPLY_SIZE;
    }
    return got;
}

static void deliver(struct look *look, const char *message, size_t length)
{
    struct diag_row row;

    if (!sockdiag_row(message, length, look->query->protocol, &row) ||
        !sockdiag_wants(look->query, &row))
        return;
    if (row.protocol == PROTOCOL_TCP && row.inode == 0 && row.uid == 0 &&
        look->release < RELEASE(6, 17))
        row.uid = UID_UNKNOWN; /* orphans were listed as root's until sk_uid was used */
    if (row.protocol == PROTOCOL_TCP && row.state == STATE_BOUND)
        look->bound_row = true;
    look->stopped = !look->visitor->visit(look->visitor->context, &row);
}

/* The int that NLMSG_DONE and NLMSG_ERROR begin with. DONE may come without one. */
static int verdict_of(const char *message, size_t length)
{
    int error = 0;

    if (length >= NLMSG_HDRLEN + sizeof error)
        memcpy(&error, message + NLMSG_HDRLEN, sizeof error);
    return error < 0 ? error : 0;
}

/* Goes through LENGTH bytes of replies. Returns true at the end of the dump, with its ERROR. */
static bool read_messages(struct look *look, size_t length, int *error)
{
    const char *at = look->reply;
    struct nlmsghdr header;
    size_t whole;

    for (; length >= sizeof header && !look->stopped; at += whole, length -= whole) {
        memcpy(&header, at, sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > length)
            break;
        whole = NLMSG_ALIGN((size_t)header.nlmsg_len);
        whole = whole < length ? whole : length;
        if (header.nlmsg_seq != look->sequence)
            continue;
        if (header.nlmsg_flags & NLM_F_DUMP_INTR)
            look->interrupted = true;
        if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
            *error = verdict_of(at, header.nlmsg_len);
            return true;
        }
        look->any_reply = true;
        deliver(look, at, header.nlmsg_len);
    }
    return look->stopped;
}

/* Reads the replies to the last request up to its end, or until the visitor has had enough. */
static int read_replies(struct look *look)
{
    int error = 0;
    long got;

    do {
        got = receive(look);
        if (got < 0)
            return (int)got;
    } while (!read_messages(look, (size_t)got, &error));
    return error;
}

static int dump_domain(struct look *look, int domain)
{
    uint32_t message[SOCKDIAG_REQUEST_MAX / sizeof(uint32_t)];
    size_t size = sockdiag_request(look->query, domain, ++look->sequence, message);
    int error = send_request(look, message, size);

    return error < 0 ? error : read_replies(look);
}

static int dump_families(struct look *look)
{
    int error = look->query->only_inet6 ? 0 : dump_domain(look, AF_INET);

    return error < 0 || look->stopped ? error : dump_domain(look, AF_INET6);
}

static int dump(struct look *look)
{
    int error;

    if (look->query->protocol == PROTOCOL_UNIX)
        return dump_domain(look, AF_UNIX);
    if (look->query->protocol != PROTOCOL_TCP || look->query->only_inet6)
        return dump_families(look);
    error = dump_domain(look, AF_UNSPEC);
    if (error < 0 && !look->any_reply) /* a kernel that has dropped the old request */
        error = dump_families(look);
    return error;
}

static int open_netlink(void)
{
    const struct timeval timeout = {.tv_sec = REPLY_TIMEOUT_S};
    long fd = sys_call(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

    if (fd >= 0)
        sys_call(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, (socklen_t)sizeof timeout);
    return (int)fd;
}

struct diag_result sockdiag_each(const struct diag_query *query,
                                 const struct diag_visitor *visitor)
{
    struct diag_result result = {0, false, false};
    struct look look = {.query = query, .visitor = visitor, .release = kernel_release()};

    if (query->protocol == PROTOCOL_NONE || query->protocol >= PROTOCOL_COUNT)
        return (struct diag_result){.error = -EINVAL};
    look.fd = open_netlink();
    if (look.fd < 0)
        return (struct diag_result){.error = look.fd};
    look.reply = sys_map(REPLY_SIZE);
    result.error = look.reply == NULL ? -ENOMEM : dump(&look);
    if (look.reply != NULL)
        sys_unmap(look.reply, REPLY_SIZE);
    sys_close(look.fd);
    result.complete = result.error == 0 && !look.stopped && !look.interrupted;
    result.bound_seen = result.error == 0 && query->protocol == PROTOCOL_TCP &&
                        (query->states == 0 || (query->states >> STATE_BOUND & 1u) != 0) &&
                        (look.bound_row || look.release >= RELEASE(6, 8));
    return result;
}

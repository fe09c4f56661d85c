#include "facts/netlink.h"

#include <string.h>

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/sys.h"

/* A dump is made while it is read, so nothing is ever waited for; this is for kernels that are
 * none. */
enum { REPLY_TIMEOUT_S = 1 };

int netlink_open(int protocol)
{
    const struct timeval timeout = {.tv_sec = REPLY_TIMEOUT_S};
    long fd = sys_call(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

    if (fd >= 0)
        sys_call(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, (socklen_t)sizeof timeout);
    return (int)fd;
}

static int send_request(int fd, const void *request, size_t size)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    long sent;

    do
        sent = sys_call_six(SYS_sendto, fd, (long)request, (long)size, MSG_NOSIGNAL, (long)&kernel,
                            sizeof kernel);
    while (sent == -EINTR);
    return sent < 0 ? (int)sent : 0;
}

/* Returns the bytes of the next piece that came from the kernel, or -errno. */
static long receive(int fd, char *reply, struct netlink_result *result)
{
    struct sockaddr_nl sender;
    socklen_t length;
    long got;

    do {
        length = sizeof sender;
        memset(&sender, 0, sizeof sender);
        got = sys_call_six(SYS_recvfrom, fd, (long)reply, NETLINK_REPLY_SIZE, MSG_TRUNC,
                           (long)&sender, (long)&length);
    } while (got == -EINTR || (got >= 0 && sender.nl_pid != 0));
    if (got == 0)
        return -EPROTO;
    if (got > NETLINK_REPLY_SIZE) { /* its end is lost; what is there can be used */
        result->interrupted = true;
        got = NETLINK_REPLY_SIZE;
    }
    return got;
}

/* The int that NLMSG_DONE and NLMSG_ERROR begin with. DONE may come without one. */
static int verdict_of(const char *message, size_t length)
{
    int error = 0;

    if (length >= NLMSG_HDRLEN + sizeof error)
        memcpy(&error, message + NLMSG_HDRLEN, sizeof error);
    return error < 0 ? error : 0;
}

/* Goes through LENGTH bytes of messages. Returns true at the end of the dump. */
static bool read_messages(const char *at, size_t length, uint32_t sequence,
                          const struct netlink_visitor *visitor, struct netlink_result *result)
{
    struct nlmsghdr header;
    size_t whole;

    for (; length >= sizeof header && !result->stopped; at += whole, length -= whole) {
        memcpy(&header, at, sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > length)
            break;
        whole = NLMSG_ALIGN((size_t)header.nlmsg_len);
        whole = whole < length ? whole : length;
        if (header.nlmsg_seq != sequence)
            continue;
        if (header.nlmsg_flags & NLM_F_DUMP_INTR)
            result->interrupted = true;
        if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
            result->error = verdict_of(at, header.nlmsg_len);
            return true;
        }
        result->answered = true;
        result->stopped = !visitor->visit(visitor->context, at, header.nlmsg_len);
    }
    return result->stopped;
}

struct netlink_result netlink_dump(int fd, const void *request, size_t size, char *reply,
                                   const struct netlink_visitor *visitor)
{
    struct netlink_result result = {.error = send_request(fd, request, size)};
    struct nlmsghdr header;
    long got;

    if (result.error < 0)
        return result;
    memcpy(&header, request, sizeof header);
    do {
        got = receive(fd, reply, &result);
        if (got < 0) {
            result.error = (int)got;
            return result;
        }
    } while (!read_messages(reply, (size_t)got, header.nlmsg_seq, visitor, &result));
    return result;
}

bool netlink_next_attribute(struct netlink_attributes *list, struct netlink_attribute *attribute)
{
    struct nlattr header;
    size_t whole;

    if (list->left < sizeof header)
        return false;
    memcpy(&header, list->next, sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > list->left)
        return false;
    attribute->type = header.nla_type & (unsigned int)NLA_TYPE_MASK;
    attribute->bytes = list->next + sizeof header;
    attribute->size = header.nla_len - sizeof header;
    whole = (size_t)NLA_ALIGN(header.nla_len); /* an int in older headers */
    if (whole > list->left)
        whole = list->left;
    list->next += whole;
    list->left -= whole;
    return true;
}

#include "facts/newcomer.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "proc/namespace.h"
#include "table/descriptor.h"

/* Linux 5.7: SO_BINDTOIFINDEX as getsockopt; asm-generic/socket.h */
enum { OPTION_BINDTOIFINDEX = 62, OPTION_COOKIE = 57 };

static enum answer flag(int fd, int level, int option)
{
    int value;

    return sys_get_option(fd, level, option, &value) < 0 ? ANSWER_UNKNOWN : answer_of(value != 0);
}

int newcomer_kind(int fd, int *domain, int *type, enum protocol *protocol)
{
    int number;
    int error = sys_get_option(fd, SOL_SOCKET, SO_DOMAIN, domain);

    if (error == 0)
        error = sys_get_option(fd, SOL_SOCKET, SO_TYPE, type);
    if (error == 0)
        error = sys_get_option(fd, SOL_SOCKET, SO_PROTOCOL, &number);
    *protocol = error == 0 ? protocol_of(*domain, *type, number) : PROTOCOL_NONE;
    return error;
}

/* Who made it what it is now, by the last call of this process: what another process did before it
 * handed the socket over was not seen. */
static enum setter reuseaddr_setter(int fd, enum answer now)
{
    struct descriptor past = descriptor_get(fd);
    size_t i = past.event_count;

    while (i-- > 0) {
        const struct option_event *event = &past.events[i];

        if (event->kind != OPTION_REUSEADDR || event->failed)
            continue;
        if (answer_of(event->value) != now)
            break;
        return event->by_policy ? SETTER_POLICY : SETTER_PROGRAM;
    }
    return SETTER_NOBODY;
}

int newcomer_describe(struct attempt *attempt)
{
    struct party *party = &attempt->socket;
    struct sys_file file;
    int fd = attempt->fd, device, number;
    int error = newcomer_kind(fd, &attempt->domain, &attempt->type, &party->protocol);

    if (error < 0)
        return error;
    party->state = STATE_BOUND;
    party->options.reuseaddr = flag(fd, SOL_SOCKET, SO_REUSEADDR);
    party->options.reuseport = flag(fd, SOL_SOCKET, SO_REUSEPORT);
    party->options.v6only = attempt->domain == AF_INET6 ? flag(fd, IPPROTO_IPV6, IPV6_V6ONLY)
                                                        : ANSWER_UNKNOWN;
    if (sys_get_option(fd, SOL_SOCKET, OPTION_BINDTOIFINDEX, &device) == 0)
        party->device = (uint32_t)device;
    party->uid = sys_file_of_fd(fd, &file) == 0 ? (int64_t)file.uid : UID_UNKNOWN;
    if (attempt->domain == AF_NETLINK || attempt->domain == AF_BLUETOOTH) {
        if (sys_get_option(fd, SOL_SOCKET, SO_PROTOCOL, &number) < 0)
            number = 0;
        if (attempt->domain == AF_NETLINK)
            party->local.scope = (uint32_t)number;
        else
            party->local.address[0] = (uint8_t)(number + 1);
    }
    attempt->cookie = newcomer_cookie(fd);
    attempt->reuseaddr_by = reuseaddr_setter(fd, party->options.reuseaddr);
    return 0;
}

struct endpoint newcomer_local(int fd)
{
    char bytes[ENDPOINT_SOCKADDR_MAX];
    socklen_t length = sizeof bytes;
    long result = sys_call(SYS_getsockname, fd, bytes, &length);

    return endpoint_from_sockaddr(bytes, result < 0 ? 0 : length);
}

uint64_t newcomer_cookie(int fd)
{
    uint64_t cookie = 0;
    socklen_t length = sizeof cookie;

    return sys_call(SYS_getsockopt, fd, SOL_SOCKET, OPTION_COOKIE, &cookie, &length) < 0 ? 0
                                                                                         : cookie;
}

bool newcomer_is_wrapper(int fd)
{
    int domain;

    return sys_get_option(fd, SOL_SOCKET, SO_DOMAIN, &domain) == 0 && domain == AF_SMC;
}

bool newcomer_is_elsewhere(int fd)
{
    uint64_t theirs = namespace_network_of(fd), ours = theirs == 0 ? 0 : namespace_network();

    return ours >= NAMESPACE_NETWORK_UNIQUE && ours != theirs;
}

#include "facts/pick.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "proc/ports.h"

/* A socket that asks for one port after the other: a bind that fails leaves it as it was. */
struct asker {
    int domain;
    int type;
    int protocol;
    int fd; /* -1 = to be made */
};

static struct asker asker_of(enum protocol protocol)
{
    return (struct asker){AF_INET6, protocol == PROTOCOL_TCP ? SOCK_STREAM : SOCK_DGRAM,
                          protocol == PROTOCOL_UDPLITE ? IPPROTO_UDPLITE : 0, -1};
}

static void dismiss(struct asker *asker)
{
    if (asker->fd >= 0)
        sys_close(asker->fd);
    asker->fd = -1;
}

static long ask(struct asker *asker, uint16_t port)
{
    struct sockaddr_in6 both = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in old = {.sin_family = AF_INET, .sin_port = htons(port)};
    bool is_both = asker->domain == AF_INET6;

    if (asker->fd < 0) {
        asker->fd = (int)sys_call(SYS_socket, asker->domain, asker->type | SOCK_CLOEXEC,
                                  asker->protocol);
        if (asker->fd >= 0 && is_both)
            sys_set_option(asker->fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    }
    if (asker->fd < 0)
        return asker->fd;
    return is_both ? sys_call(SYS_bind, asker->fd, &both, sizeof both)
                   : sys_call(SYS_bind, asker->fd, &old, sizeof old);
}

/* Where there is no IPv6, or it is switched off, IPv4 is asked. */
static bool is_free(struct asker *asker, uint16_t port)
{
    long result = ask(asker, port);

    if (asker->domain == AF_INET6 && (asker->fd < 0 || result == -EADDRNOTAVAIL)) {
        dismiss(asker);
        asker->domain = AF_INET;
        result = ask(asker, port);
    }
    return result == 0;
}

/* The next free port from PORT on in the direction of STEP, 1 or -1, outside of RANGE. LEFT: how
 * many may still be asked for. */
static uint16_t next_free(struct asker *asker, const struct range *range, int32_t port, int step,
                          uint32_t *left)
{
    for (port += step; port > 0 && port <= UINT16_MAX && *left > 0; port += step) {
        if (range_has(range, (uint16_t)port)) {
            port = step > 0 ? range->last : range->first;
            continue;
        }
        --*left;
        if (is_free(asker, (uint16_t)port))
            return (uint16_t)port;
    }
    return 0;
}

uint16_t pick_beside(enum protocol protocol, uint16_t port, uint32_t tries)
{
    struct asker asker = asker_of(protocol);
    struct range range = {.first = 0};
    uint32_t left = tries;
    uint16_t found;

    range_read(&range);
    found = next_free(&asker, &range, port, 1, &left);
    left += tries;
    if (found == 0)
        found = next_free(&asker, &range, port, -1, &left);
    dismiss(&asker);
    return found;
}

uint16_t pick_between(enum protocol protocol, uint16_t first, uint16_t last)
{
    struct asker asker = asker_of(protocol);
    uint32_t port = first;

    while (port <= last && !is_free(&asker, (uint16_t)port))
        port++;
    dismiss(&asker);
    return port <= last ? (uint16_t)port : 0;
}

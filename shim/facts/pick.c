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

bool pick_is_free(enum protocol protocol, uint16_t port)
{
    struct asker asker = asker_of(protocol);
    bool free = port != 0 && is_free(&asker, port);

    dismiss(&asker);
    return free;
}

static uint16_t beside(struct asker *asker, uint16_t port)
{
    struct range range = {.first = 0};
    uint32_t next, tries = 0;

    range_read(&range);
    for (next = port + 1u; next <= UINT16_MAX && tries < PICK_TRIES; next++) {
        if (range_has(&range, (uint16_t)next)) {
            next = range.last;
            continue;
        }
        tries++;
        if (is_free(asker, (uint16_t)next))
            return (uint16_t)next;
    }
    for (next = port; --next > 0 && tries < 2 * PICK_TRIES;) {
        if (range_has(&range, (uint16_t)next)) {
            next = range.first;
            continue;
        }
        tries++;
        if (is_free(asker, (uint16_t)next))
            return (uint16_t)next;
    }
    return 0;
}

uint16_t pick_beside(enum protocol protocol, uint16_t port)
{
    struct asker asker = asker_of(protocol);
    uint16_t found = beside(&asker, port);

    dismiss(&asker);
    return found;
}

uint16_t pick_between(enum protocol protocol, uint16_t first, uint16_t last)
{
    for (uint32_t port = first; port <= last; port++)
        if (pick_is_free(protocol, (uint16_t)port))
            return (uint16_t)port;
    return 0;
}

#include "facts/pick.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "proc/ports.h"

static bool is_free(int domain, int type, int protocol, const void *address, socklen_t length,
                    bool *is_answer)
{
    int fd = (int)sys_call(SYS_socket, domain, type | SOCK_CLOEXEC, protocol);
    long result;

    *is_answer = fd >= 0;
    if (fd < 0)
        return false;
    if (domain == AF_INET6)
        sys_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    result = sys_call(SYS_bind, fd, address, length);
    *is_answer = result != -EADDRNOTAVAIL; /* IPv6 that is switched off */
    sys_close(fd);
    return result == 0;
}

bool pick_is_free(enum protocol protocol, uint16_t port)
{
    struct sockaddr_in6 both = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in old = {.sin_family = AF_INET, .sin_port = htons(port)};
    int type = protocol == PROTOCOL_TCP ? SOCK_STREAM : SOCK_DGRAM;
    int number = protocol == PROTOCOL_UDPLITE ? IPPROTO_UDPLITE : 0;
    bool is_answer, free;

    if (port == 0)
        return false;
    free = is_free(AF_INET6, type, number, &both, sizeof both, &is_answer);
    return is_answer ? free : is_free(AF_INET, type, number, &old, sizeof old, &is_answer);
}

uint16_t pick_beside(enum protocol protocol, uint16_t port)
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
        if (pick_is_free(protocol, (uint16_t)next))
            return (uint16_t)next;
    }
    for (next = port; --next > 0 && tries < 2 * PICK_TRIES;) {
        if (range_has(&range, (uint16_t)next)) {
            next = range.first;
            continue;
        }
        tries++;
        if (pick_is_free(protocol, (uint16_t)next))
            return (uint16_t)next;
    }
    return 0;
}

uint16_t pick_between(enum protocol protocol, uint16_t first, uint16_t last)
{
    for (uint32_t port = first; port <= last; port++)
        if (pick_is_free(protocol, (uint16_t)port))
            return (uint16_t)port;
    return 0;
}

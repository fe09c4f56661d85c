/* The probe with SO_REUSEPORT, and how its trace is removed. The bucket of a port remembers the
 * last bind with the option, so as to let the next one in without a walk; a bind without the option
 * that works clears that (inet_csk_update_fastreuse of Linux; measured on 6.1 to 7.3).
 */
#include "facts/probe.h"

#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "facts/probe_parts.h"

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78 /* linux/in6.h, Linux 4.15 */
#endif

/* Where the trace is removed by a bind: addresses that nobody binds. As they may be bound although
 * they are not this machine's (IP_FREEBIND), it does not matter whether lo is up. */
static const struct party resets[PROBE_RESETS] = {
    {.protocol = PROTOCOL_TCP,
     .local = {.family = FAMILY_INET, .address = {127, 98, 76, 54}},
     .state = STATE_BOUND,
     .uid = UID_UNKNOWN},
    {.protocol = PROTOCOL_TCP, /* 2001:db8::627:4c36, of the prefix for documentation */
     .local = {.family = FAMILY_INET6,
               .address = {0x20, 0x01, 0x0d, 0xb8, [12] = 0x06, 0x27, 0x4c, 0x36}},
     .options.v6only = ANSWER_YES,
     .state = STATE_BOUND,
     .uid = UID_UNKNOWN},
};

uint32_t probe_resets_met(const struct party *held)
{
    uint32_t met = 0;

    for (size_t i = 0; i < PROBE_RESETS; i++) {
        const struct endpoint *local = &resets[i].local;

        if (!endpoint_is_wildcard(&held->local) && !endpoint_is_mapped(&held->local) &&
            memcmp(held->local.address, local->address, sizeof local->address) != 0)
            continue;
        if (conflict_between(&resets[i], held).meets != ANSWER_NO)
            met |= 1u << i;
    }
    return met;
}

/* A socket that may be bound to the reset number I, or -errno. */
static int open_reset(size_t i)
{
    bool inet6 = resets[i].local.family == FAMILY_INET6;
    int fd = (int)sys_call(SYS_socket, inet6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? fd
                : inet6 ? sys_set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1)
                        : sys_set_option(fd, IPPROTO_IP, IP_FREEBIND, 1);

    if (fd >= 0 && error < 0)
        sys_close(fd);
    return error < 0 ? error : fd;
}

static long bind_reset(int fd, size_t i, uint16_t port)
{
    _Alignas(struct sockaddr_storage) char address[ENDPOINT_SOCKADDR_MAX];
    struct endpoint local = resets[i].local;
    size_t length;

    local.port = port;
    length = endpoint_to_sockaddr(&local, address);
    return sys_call(SYS_bind, fd, address, (socklen_t)length);
}

/* The kernel compares the users of the two sockets. */
static int take_user(int fd, int64_t uid)
{
    if (uid == UID_UNKNOWN || uid == (int64_t)sys_call(SYS_geteuid))
        return 0;
    return (int)sys_call(SYS_fchown, fd, (uid_t)uid, (gid_t)-1);
}

/* Returns 0 or -errno, and whether the kernel was asked. */
static long ask(const struct attempt *attempt, bool *asked)
{
    _Alignas(struct sockaddr_storage) char address[ENDPOINT_SOCKADDR_MAX];
    size_t length = endpoint_to_sockaddr(&attempt->socket.local, address);
    int fd = (int)sys_call(SYS_socket, attempt->domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
    long error;

    if (fd < 0)
        return fd;
    error = probe_dress(fd, attempt, attempt->socket.options.reuseaddr == ANSWER_YES);
    if (error == 0)
        error = sys_set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (error == 0)
        error = take_user(fd, attempt->socket.uid);
    *asked = error == 0;
    if (error == 0)
        error = sys_call(SYS_bind, fd, address, (socklen_t)length);
    sys_close(fd);
    return error;
}

static enum answer ask_and_reset(const struct attempt *attempt, uint32_t resets_free)
{
    uint16_t port = attempt->socket.local.port;
    bool asked = false, cleared = false;
    int fds[PROBE_RESETS];
    size_t i, ready = 0;
    long error = -EOPNOTSUPP;

    for (i = 0; i < PROBE_RESETS; i++) {
        fds[i] = resets_free >> i & 1 ? open_reset(i) : -EADDRINUSE;
        ready += fds[i] >= 0;
    }
    if (ready > 0)
        error = ask(attempt, &asked);
    for (i = 0; i < PROBE_RESETS; i++) {
        if (fds[i] < 0)
            continue;
        if (error == 0 && !cleared)
            cleared = bind_reset(fds[i], i, port) == 0;
        sys_close(fds[i]);
    }
    return asked && (error == 0 || error == -EADDRINUSE) ? answer_of(error == 0) : ANSWER_UNKNOWN;
}

/* Twice, if it works: the first time it may have been let in by the trace of somebody else's bind,
 * which the reset has removed with ours. Then nothing is said. */
enum answer probe_reuseport(const struct attempt *attempt, uint32_t resets_free)
{
    enum answer answer = ANSWER_UNKNOWN;

    if (probe_may(attempt))
        answer = ask_and_reset(attempt, resets_free);
    if (answer == ANSWER_YES && ask_and_reset(attempt, resets_free) != ANSWER_YES)
        return ANSWER_UNKNOWN;
    return answer;
}

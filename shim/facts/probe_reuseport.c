/* The probe with SO_REUSEPORT, and how its trace is removed. The bucket of a port remembers the
 * last bind with the option, so as to let the next one in without a walk; a bind without the option
 * that works clears that (inet_csk_update_fastreuse of Linux; measured on 6.1 to 7.3).
 */
#include "facts/probe.h"

#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "facts/probe_parts.h"

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78 /* linux/in6.h, Linux 4.15 */
#endif

enum { RESET_TRIES = 6 };

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

/* What a probe is made with. */
struct asking {
    const struct attempt *attempt;
    size_t reset;   /* the number of the address that is free */
    int64_t uid;    /* that the socket must be given, UID_UNKNOWN = it has it */
};

/* A socket for the reset, of the same device: the buckets of a VRF are its own. Or -errno. */
static int open_reset(const struct asking *asking)
{
    bool inet6 = resets[asking->reset].local.family == FAMILY_INET6;
    int fd = (int)sys_call(SYS_socket, inet6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? fd : probe_bind_device(fd, asking->attempt);

    if (error == 0 && inet6)
        error = sys_set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
    if (fd >= 0 && error < 0)
        sys_close(fd);
    return error < 0 ? error : fd;
}

/* The last byte is counted up while somebody has just taken the address; IP_FREEBIND is set where
 * the device or lo does not have it. */
static void reset(const struct asking *asking, int fd)
{
    _Alignas(struct sockaddr_storage) char address[ENDPOINT_SOCKADDR_MAX];
    struct endpoint local = resets[asking->reset].local;
    uint8_t *last = &local.address[local.family == FAMILY_INET ? 3 : 15];
    long error = -EADDRINUSE;

    local.port = asking->attempt->socket.local.port;
    for (int tries = 0; error != 0 && tries < RESET_TRIES; tries++) {
        if (error == -EADDRNOTAVAIL)
            sys_set_option(fd, IPPROTO_IP, IP_FREEBIND, 1);
        else
            *last = (uint8_t)(*last + (tries > 0));
        error = sys_call(SYS_bind, fd, address,
                         (socklen_t)endpoint_to_sockaddr(&local, address));
    }
}

/* Returns 0 or -errno, and whether the kernel was asked. */
static long ask(const struct asking *asking, bool *asked)
{
    const struct attempt *attempt = asking->attempt;
    _Alignas(struct sockaddr_storage) char address[ENDPOINT_SOCKADDR_MAX];
    size_t length = endpoint_to_sockaddr(&attempt->socket.local, address);
    int fd = (int)sys_call(SYS_socket, attempt->domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
    long error;

    if (fd < 0)
        return fd;
    error = probe_dress(fd, attempt, attempt->socket.options.reuseaddr == ANSWER_YES);
    if (error == 0)
        error = sys_set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (error == 0 && asking->uid != UID_UNKNOWN)
        error = sys_call(SYS_fchown, fd, (uid_t)asking->uid, (gid_t)-1);
    *asked = error == 0;
    if (error == 0)
        error = sys_call(SYS_bind, fd, address, (socklen_t)length);
    sys_close(fd);
    return error;
}

/* The socket for the reset is there before the trace is. */
static enum answer ask_and_reset(const struct asking *asking)
{
    int fd = open_reset(asking);
    bool asked = false;
    long error;

    if (fd < 0)
        return ANSWER_UNKNOWN;
    error = ask(asking, &asked);
    if (error == 0)
        reset(asking, fd);
    sys_close(fd);
    return asked && (error == 0 || error == -EADDRINUSE) ? answer_of(error == 0) : ANSWER_UNKNOWN;
}

/* Twice, if it works: the first time it may have been let in by the trace of somebody else's bind,
 * which the reset has removed with ours. Then nothing is said. */
enum answer probe_reuseport(const struct attempt *attempt, uint32_t resets_free)
{
    struct asking asking = {attempt, (resets_free & 1) == 0, attempt->socket.uid};
    enum answer answer;

    if (resets_free == 0 || !probe_may(attempt))
        return ANSWER_UNKNOWN;
    /* The kernel compares the users of the two sockets. */
    if (asking.uid != UID_UNKNOWN && asking.uid == (int64_t)sys_call(SYS_geteuid))
        asking.uid = UID_UNKNOWN;
    answer = ask_and_reset(&asking);
    if (answer == ANSWER_YES && ask_and_reset(&asking) != ANSWER_YES)
        return ANSWER_UNKNOWN;
    return answer;
}

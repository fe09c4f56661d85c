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
static const struct {
    uint8_t family;
    uint8_t address[16];
} resets[PROBE_RESETS] = {
    {FAMILY_INET, {127, 98, 76, 54}},
    /* 2001:db8::627:4c36, of the prefix for documentation */
    {FAMILY_INET6, {0x20, 0x01, 0x0d, 0xb8, [12] = 0x06, 0x27, 0x4c, 0x36}},
};

uint32_t probe_resets_met(const struct party *held)
{
    const struct endpoint *local = &held->local;
    bool mapped = endpoint_is_mapped(local), inet = local->family == FAMILY_INET || mapped;
    const uint8_t *address = local->address + (mapped ? 12 : 0);

    if (!endpoint_is_wildcard(local))
        return memcmp(address, resets[!inet].address, inet ? 4 : 16) == 0 ? 1u << !inet : 0;
    return inet ? 1 : held->options.v6only == ANSWER_YES ? 2 : 3;
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
    bool inet6 = resets[asking->reset].family == FAMILY_INET6;
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
    struct endpoint local = endpoint_wildcard(resets[asking->reset].family,
                                              asking->attempt->socket.local.port);
    uint8_t *last = &local.address[local.family == FAMILY_INET ? 3 : 15];
    long error = -EADDRINUSE;

    memcpy(local.address, resets[asking->reset].address, sizeof local.address);
    for (int tries = 0; error != 0 && tries < RESET_TRIES; tries++) {
        if (error == -EADDRNOTAVAIL)
            sys_set_option(fd, IPPROTO_IP, IP_FREEBIND, 1);
        else
            *last = (uint8_t)(*last + (tries > 0));
        error = sys_call(SYS_bind, fd, address,
                         (socklen_t)endpoint_to_sockaddr(&local, address));
    }
}

/* The socket for the reset is there before the trace is. */
static enum answer ask_and_reset(const struct asking *asking)
{
    const struct attempt *attempt = asking->attempt;
    int fd = open_reset(asking);
    long error;

    if (fd < 0)
        return ANSWER_UNKNOWN;
    error = probe_once(attempt, attempt->socket.options.reuseaddr == ANSWER_YES, true, asking->uid);
    if (error == 0)
        reset(asking, fd);
    sys_close(fd);
    return probe_answer(error);
}

/* Twice, if it works: the first time it may have been let in by the trace of somebody else's bind,
 * which the reset has removed with ours. Then nothing is said. */
enum answer probe_reuseport(const struct attempt *attempt, uint32_t resets_free)
{
    struct asking asking = {attempt, (resets_free & 1) == 0, attempt->socket.uid};
    enum answer answer;

    if (resets_free == 0)
        return ANSWER_UNKNOWN;
    /* The kernel compares the users of the two sockets. */
    if (asking.uid != UID_UNKNOWN && asking.uid == (int64_t)sys_call(SYS_geteuid))
        asking.uid = UID_UNKNOWN;
    answer = ask_and_reset(&asking);
    if (answer == ANSWER_YES && ask_and_reset(&asking) != ANSWER_YES)
        return ANSWER_UNKNOWN;
    return answer;
}

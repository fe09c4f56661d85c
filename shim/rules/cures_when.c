/* When each cure applies, but for those that stop somebody (cures_stop.c). */
#include "rules/cures_parts.h"

#include <string.h>

#include "rules/proxy.h"
#include "rules/program_option.h"

bool when_fix(const struct failure *failure)
{
    return failure_every(failure, holder_is_ours);
}

/* ---- Waiting ---- */

/* The policy tries again what another socket refuses, and nothing else. */
bool when_wait(const struct failure *failure)
{
    return failure->verdict->frees_in_ms >= 0 ||
           (failure->attempt->waits_ms > 0 && !when_not_local(failure) && !when_low_port(failure));
}

/* The policy is at work already, and would have to be given longer: the line 'fix' says so. */
bool when_wait_always(const struct failure *failure)
{
    return failure->verdict->frees_in_ms >= 0 && failure->attempt->waits_ms == 0 &&
           failure->attempt->socket.protocol != PROTOCOL_UNIX;
}

/* A port goes with its process's memory, which takes a while: 927 ms for 5 GB. */
bool when_ending(const struct failure *failure)
{
    const struct vitals *vitals =
        failure->decisive == NULL ? NULL : &holder_identity(failure->decisive)->vitals;

    return vitals != NULL && vitals->dying && !vitals->in_kernel && !when_wait(failure);
}

/* A graceful server keeps its listener until it has answered its last request. */
bool when_leaving(const struct failure *failure)
{
    return failure->verdict->reason == REASON_LISTENING && failure->decisive != NULL &&
           failure->decisive->owner.pid > 0 && !holder_is_ours(failure->decisive) &&
           proxy_of(&failure->decisive->owner) == PROXY_NONE && !when_ending(failure) &&
           !when_wait(failure) && !when_told_twice(failure) && !when_sibling(failure) &&
           !when_hangs(failure);
}

static bool can_be_freed(const struct holder *holder)
{
    return holder_is_dead(holder) && !holder->socket.outlasts;
}

static bool when_free(const struct failure *failure)
{
    return failure->decisive != NULL && failure_every(failure, can_be_freed);
}

/* Root may lack CAP_NET_ADMIN, and an older kernel cannot: there the command goes on to wait. */
bool when_free_by_root(const struct failure *failure)
{
    return failure->attempt->caller.uid == 0 && failure->attempt->waits_ms == 0 &&
           when_free(failure) && failure_every(failure, holder_has_sent) && when_wait(failure);
}

/* Root's command waits as well. */
bool when_wait_alone(const struct failure *failure)
{
    return when_wait(failure) && !when_free_by_root(failure);
}

bool when_free_by_others(const struct failure *failure)
{
    return when_free(failure) && !when_free_by_root(failure);
}

/* ---- Options ---- */

/* A policy has no word for UDP-Lite. */
static bool is_in_reach(const struct failure *failure)
{
    enum protocol protocol = failure->attempt->socket.protocol;

    return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP;
}

/* For UDP the option lets the last binder take the other's datagrams: not advised. */
bool when_force(const struct failure *failure)
{
    return failure_would(failure, IF_NEWCOMER_REUSEADDR) &&
           failure->attempt->socket.protocol == PROTOCOL_TCP;
}

/* Multicast receivers each get every datagram: there the option on both sides is a good habit. The
 * ports are those of mDNS, SSDP, WS-Discovery and LLMNR, whose servers bind the wildcard. */
static bool is_multicast(const struct failure *failure)
{
    static const uint16_t ports[] = {5353, 1900, 3702, 5355};
    const struct party *want = &failure->attempt->socket;

    if (want->protocol == PROTOCOL_TCP || want->protocol == PROTOCOL_UNIX)
        return false;
    if (endpoint_is_multicast(&want->local) ||
        (failure->decisive != NULL && failure->decisive->multicast == ANSWER_YES))
        return true;
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (want->local.port == ports[i] && endpoint_is_wildcard(&want->local))
            return failure->decisive == NULL || failure->decisive->multicast != ANSWER_NO;
    return false;
}

static bool may_share_multicast(const struct failure *failure)
{
    return is_in_reach(failure) && is_multicast(failure) &&
           (failure_would(failure, IF_BOTH_REUSEADDR) ||
            failure_would(failure, IF_NEWCOMER_REUSEADDR) ||
            failure_would(failure, IF_NEWCOMER_REUSEPORT));
}

/* A socket that is bound to the group's address gets no unicast datagrams. */
bool when_multicast(const struct failure *failure)
{
    return may_share_multicast(failure) &&
           endpoint_is_multicast(&failure->attempt->socket.local);
}

/* The newcomer would take the unicast datagrams of the one before it. */
bool when_multicast_and_unicast(const struct failure *failure)
{
    return may_share_multicast(failure) && !when_multicast(failure);
}

bool when_force_both(const struct failure *failure)
{
    return failure_would(failure, IF_BOTH_REUSEADDR) &&
           !failure_would(failure, IF_NEWCOMER_REUSEADDR) &&
           failure->attempt->socket.options.reuseaddr == ANSWER_NO &&
           failure->verdict->frees_in_ms >= 0 && !holder_may_be_client(failure->evidence,
                                                                       failure->decisive);
}

/* The program can set the option itself, and that would help: now, or from the next run on. */
bool when_own_option(const struct failure *failure)
{
    return failure->attempt->socket.options.reuseaddr == ANSWER_NO &&
           (when_force(failure) || when_force_both(failure)) &&
           program_option(failure->attempt) != NULL;
}

bool when_next_time(const struct failure *failure)
{
    return failure_would(failure, IF_BOTH_REUSEADDR) &&
           failure->attempt->socket.options.reuseaddr == ANSWER_YES &&
           holder_is_dead(failure->decisive) &&
           !holder_may_be_client(failure->evidence, failure->decisive);
}

bool when_v6only(const struct failure *failure)
{
    return is_in_reach(failure) && failure_would(failure, IF_NEWCOMER_V6ONLY) &&
           !when_fix(failure);
}

/* A server on all addresses of both families, that would do without those of IPv4. */
static bool is_dual_server(const struct holder *holder)
{
    const struct party *held = &holder->socket;

    return holder_is_endable(holder) && held->local.family == FAMILY_INET6 &&
           endpoint_is_wildcard(&held->local) && !endpoint_is_mapped(&held->local) &&
           held->options.v6only == ANSWER_NO;
}

static bool is_ipv4(const struct endpoint *local)
{
    return local->family == FAMILY_INET || endpoint_is_mapped(local);
}

/* The other one has to be started again, under a policy: so it must be one that can be. */
static bool is_same_program(const struct holder *holder)
{
    return holder->owner.same_program || holder->owner.relation == RELATION_SAME_PROGRAM ||
           holder->owner.relation == RELATION_SIBLING;
}

bool when_v6only_other(const struct failure *failure)
{
    return is_in_reach(failure) && is_ipv4(&failure->attempt->socket.local) &&
           failure_every(failure, is_dual_server) && failure->verdict->refusing_count == 1 &&
           !is_same_program(failure->decisive);
}

bool when_share(const struct failure *failure)
{
    return is_in_reach(failure) && failure_would(failure, IF_NEWCOMER_REUSEPORT) &&
           !is_multicast(failure);
}

/* Two servers of one program serve the same; another program's clients would reach the wrong one,
 * and whether it can be preloaded is not known here. */
bool when_share_both(const struct failure *failure)
{
    return is_in_reach(failure) && failure->decisive != NULL &&
           failure_would(failure, IF_BOTH_REUSEPORT) &&
           !failure_would(failure, IF_NEWCOMER_REUSEPORT) && failure->decisive->owner.pid > 0 &&
           !is_multicast(failure) && proxy_of(&failure->decisive->owner) == PROXY_NONE &&
           !holder_is_ours(failure->decisive) && is_same_program(failure->decisive) &&
           failure->decisive->owner.relation != RELATION_OTHER &&
           !failure->decisive->owner.stopped &&
           (failure->decisive->socket.state == STATE_LISTEN ||
            failure->attempt->socket.protocol != PROTOCOL_TCP);
}

/* ---- Another address, another port ---- */

static bool is_one_address(const struct holder *holder)
{
    return !endpoint_is_wildcard(&holder->socket.local) && holder_is_bare(holder) &&
           !holder_is_ours(holder);
}

/* Whoever asks for all addresses meets every holder, so none is on another one than these. Of one's
 * own sockets and of what ends there is better to say. */
bool when_another_address(const struct failure *failure)
{
    const struct evidence *evidence = failure->evidence;
    bool all_seen = evidence->kernel_asked && (evidence->bound_seen ||
                                               failure->attempt->socket.protocol != PROTOCOL_TCP);

    return all_seen && endpoint_is_wildcard(&failure->attempt->socket.local) &&
           evidence->holder_count <= ADDRESSES_NAMED_MAX && failure_every(failure, is_one_address);
}

bool when_another_port(const struct failure *failure)
{
    return failure->evidence->free_port != 0 && !when_fix(failure) && !when_retry(failure);
}

bool when_see_name(const struct failure *failure)
{
    return failure->verdict->reason == REASON_UNIX_NOT_A_SOCKET;
}

/* What a part of the kernel has, which says so itself (facts/kernel_socket.h). */
static bool is_of_kernels(const struct failure *failure, bool nfs)
{
    const struct holder *held = failure->decisive;

    return held != NULL && held->owner.relation == RELATION_KERNEL && held->owner.comm != NULL &&
           (strcmp(held->owner.comm, "nfsd") == 0) == nfs;
}

bool when_stop_nfs(const struct failure *failure)
{
    return is_of_kernels(failure, true);
}

bool when_see_tunnel(const struct failure *failure)
{
    return is_of_kernels(failure, false);
}

/* The kernel gives no port that is reserved; a program that asks for one by its number gets it. */
bool when_reserve(const struct failure *failure)
{
    const struct holder *held = failure->decisive;
    bool outgoing = failure->verdict->reason == REASON_OUTGOING && held != NULL &&
                    held->memory.bound_at_us == 0 &&
                    range_has(&failure->evidence->range, failure->attempt->socket.local.port);

    return outgoing || (held != NULL && holder_may_be_client(failure->evidence, held));
}

bool when_widen(const struct failure *failure)
{
    const struct range *range = &failure->evidence->range;

    return failure->verdict->reason == REASON_PORTS_EXHAUSTED && range->first > 1024 &&
           !range->own && failure->attempt->domain != 0;
}

/* ---- The rest ---- */

bool when_not_local(const struct failure *failure)
{
    return failure->verdict->reason == REASON_NOT_LOCAL;
}

/* The command tries sockets of these protocols, and without a device. */
bool when_wait_address(const struct failure *failure)
{
    const struct party *want = &failure->attempt->socket;

    return when_not_local(failure) && want->device == 0 && want->protocol != PROTOCOL_NONE &&
           want->protocol != PROTOCOL_SCTP;
}

bool when_low_port(const struct failure *failure)
{
    return failure->verdict->reason == REASON_LOW_PORT;
}

bool when_unlink(const struct failure *failure)
{
    return failure->verdict->reason == REASON_UNIX_STALE;
}

bool when_retry(const struct failure *failure)
{
    return failure->verdict->reason == REASON_GONE;
}

bool when_sibling(const struct failure *failure)
{
    const struct holder *held = failure->decisive;

    return held != NULL && held->owner.relation == RELATION_SIBLING && !holder_is_ours(held);
}

/* Root would be told whose it is, or who else's. */
bool when_look(const struct failure *failure)
{
    const uint32_t by_right = 1u << VISIBILITY_UNPRIVILEGED | 1u << VISIBILITY_HIDEPID;
    const struct holder *held = failure->decisive;

    if (held == NULL && failure->verdict->reason != REASON_UNSEEN)
        return false;
    return (failure->evidence->limits & by_right) != 0 && failure->attempt->caller.uid != 0 &&
           (held == NULL || held->owner.relation == RELATION_UNSEEN ||
            (held->owner.fd >= 0 && !held->owner.others_complete)) &&
           !endpoint_is_abstract(&failure->attempt->socket.local);
}

/* A system call filter kept the look short, and what it found is not who has it. */
bool when_look_outside(const struct failure *failure)
{
    const uint32_t filtered = 1u << VISIBILITY_SECCOMP | 1u << VISIBILITY_HELPER_KILLED;
    const struct holder *held = failure->decisive;

    return (failure->evidence->limits & filtered) != 0 &&
           (held == NULL || held->owner.relation == RELATION_UNSEEN) &&
           failure->attempt->socket.local.family != FAMILY_NONE &&
           !endpoint_is_abstract(&failure->attempt->socket.local);
}

/* Another container of this network has it, or the host. A path may lead elsewhere there. */
bool when_look_around(const struct failure *failure)
{
    const struct holder *held = failure->decisive;

    return (failure->evidence->limits & 1u << VISIBILITY_OTHER_PID_NAMESPACE) != 0 &&
           held != NULL && held->owner.relation == RELATION_UNSEEN &&
           failure->attempt->socket.protocol != PROTOCOL_UNIX && !when_look_outside(failure);
}

/* Theory of operation
 *
 * The reason is found in the order of what is known: errors that no socket causes; then names and
 * numbers, where one holder has all; then, for addresses and ports, each holder that the kernel's
 * rule lets refuse (conflict.c) has a reason of its own, and the first in the order of enum reason
 * is told: what is in the reader's own hands comes before what waits for others.
 *
 * Options have three values, and so has all that follows from them. A conclusion is drawn from what
 * is known to be so, or from the refusal itself: where one holder alone can have refused, it has
 * refused, whatever is not known of its options. What would need a guess stays REASON_UNKNOWN or
 * UNSEEN, and LACKS_UNKNOWN.
 *
 * Where holders are there that all would have let the newcomer in, or none is there, the next
 * question is whether the call would work now (evidence's retry): a socket may have gone meanwhile,
 * or may be where we cannot look.
 */
#include "rules/verdict.h"

#include <errno.h>

#include "rules/verdict_parts.h"

/* ---- The reason ---- */

static bool has_reuseport(const struct party *party, enum answer answer)
{
    return party->options.reuseport == answer;
}

static bool is_bound_by_itself(const struct holder *holder)
{
    enum socket_state state = holder->socket.state;

    /* What is remembered of an accepted connection is the bind of its listener. */
    return state == STATE_LISTEN || state == STATE_BOUND ||
           holder->socket.protocol != PROTOCOL_TCP ||
           (holder->memory.bound_at_us != 0 &&
            (holder->outgoing == ANSWER_YES || state == STATE_SYN_SENT));
}

/* This process, or a relative by fork alone: one program in several processes. */
static bool is_ours(const struct holder *holder)
{
    return holder->owner.relation == RELATION_SELF || holder->owner.by_fork;
}

static enum reason reason_of_connection(const struct holder *holder)
{
    switch (holder->socket.state) {
    case STATE_TIME_WAIT: return REASON_TIME_WAIT;
    case STATE_FIN_WAIT1:
    case STATE_FIN_WAIT2:
    case STATE_CLOSING:
    case STATE_LAST_ACK: return REASON_CLOSING;
    case STATE_SYN_SENT: return REASON_OUTGOING;
    case STATE_ESTABLISHED:
    case STATE_CLOSE_WAIT:
        return holder->outgoing == ANSWER_YES ? REASON_OUTGOING : REASON_CONNECTIONS;
    default: return REASON_UNSEEN;
    }
}

static enum reason reason_of(const struct attempt *attempt, const struct holder *holder)
{
    const struct party *want = &attempt->socket;
    const struct party *held = &holder->socket;

    if (is_ours(holder) && is_bound_by_itself(holder))
        return REASON_BOUND_TWICE;
    if (has_reuseport(want, ANSWER_YES) && has_reuseport(held, ANSWER_YES) &&
        want->uid != UID_UNKNOWN && held->uid != UID_UNKNOWN && want->uid != held->uid)
        return REASON_REUSEPORT_OWNER;
    if (has_reuseport(want, ANSWER_YES) && has_reuseport(held, ANSWER_NO))
        return REASON_REUSEPORT_ONE_SIDED;
    if (held->protocol == PROTOCOL_SCTP)
        return REASON_SCTP_HELD;
    if (held->protocol != PROTOCOL_TCP)
        return REASON_DATAGRAM_HELD;
    if (held->state == STATE_LISTEN)
        return REASON_LISTENING;
    if (holder->owner.relation == RELATION_KERNEL)
        return REASON_KERNEL;
    if (held->state == STATE_BOUND)
        return REASON_BOUND_IDLE;
    return reason_of_connection(holder);
}

static enum reason reason_of_path(const struct evidence *evidence)
{
    static const enum reason reasons[] = {
        [PATH_UNKNOWN] = REASON_UNKNOWN,   [PATH_MISSING] = REASON_GONE,
        [PATH_LIVE] = REASON_UNIX_LIVE,    [PATH_STALE] = REASON_UNIX_STALE,
        [PATH_OTHER] = REASON_UNIX_NOT_A_SOCKET, [PATH_FILE] = REASON_UNIX_NOT_A_SOCKET,
        [PATH_FOLDER] = REASON_UNIX_NOT_A_SOCKET, [PATH_LINK] = REASON_UNIX_NOT_A_SOCKET,
    };

    if (endpoint_is_abstract(&evidence->attempt.socket.local)) {
        if (evidence->holder_count > 0)
            return REASON_UNIX_ABSTRACT;
        return evidence->kernel_asked ? REASON_GONE : REASON_UNKNOWN;
    }
    return reasons[evidence->path];
}

/* Was the whole list read, with every kind of socket that can hold this port? */
static bool saw_every_socket(const struct evidence *evidence)
{
    return evidence->kernel_asked && evidence->left_out == 0 &&
           (evidence->bound_seen || evidence->attempt.socket.protocol != PROTOCOL_TCP);
}

static enum reason reason_without_holder(const struct evidence *evidence)
{
    if (evidence->retry == ANSWER_YES)
        return REASON_GONE;
    if (evidence->attempt.socket.protocol == PROTOCOL_SCTP)
        return REASON_SCTP_HELD;
    if (evidence->holder_count > 0)
        return REASON_UNKNOWN; /* they are there, and by every rule known should let it in */
    if (evidence->retry == ANSWER_NO)
        return saw_every_socket(evidence) ? REASON_ANSWERED_ELSEWHERE : REASON_UNSEEN;
    return saw_every_socket(evidence) ? REASON_GONE : REASON_UNKNOWN;
}

/* The reason by the holders alone, and which of them gave it. */
static enum reason reason_by_holders(const struct evidence *evidence, struct verdict *verdict)
{
    enum reason best = REASON_COUNT;

    verdict->decisive = evidence->holder_count;
    for (size_t i = 0; i < evidence->holder_count; i++) {
        enum reason reason;

        if (!holder_refuses(&evidence->holders[i]))
            continue;
        verdict->refusing_count++;
        reason = reason_of(&evidence->attempt, &evidence->holders[i]);
        if (reason < best) {
            best = reason;
            verdict->decisive = i;
        }
    }
    return best == REASON_COUNT ? reason_without_holder(evidence) : best;
}

/* The refusal itself says that somebody has it: who, a list may tell. */
static enum reason reason_of_number(const struct evidence *evidence, struct verdict *verdict)
{
    bool netlink = evidence->attempt.socket.protocol == PROTOCOL_NETLINK;

    if (evidence->holder_count > 0) {
        verdict->decisive = 0;
        verdict->refusing_count = 1;
        if (is_ours(&evidence->holders[0]))
            return REASON_BOUND_TWICE;
    }
    return netlink ? REASON_NETLINK_ID : REASON_VSOCK_HELD;
}

/* Refusals that no other socket causes. Returns REASON_COUNT where it is another one. */
static enum reason reason_of_error(const struct evidence *evidence)
{
    const struct endpoint *local = &evidence->attempt.socket.local;

    switch (evidence->attempt.error) {
    case EADDRNOTAVAIL: return REASON_NOT_LOCAL;
    case EACCES:
        return local->port != 0 && local->port < evidence->free_from ? REASON_LOW_PORT
                                                                     : REASON_UNKNOWN;
    default: return REASON_COUNT;
    }
}

static enum reason reason_for(const struct evidence *evidence, struct verdict *verdict)
{
    const struct attempt *attempt = &evidence->attempt;
    enum reason by_holders, by_error = reason_of_error(evidence);

    verdict->decisive = evidence->holder_count;
    if (by_error != REASON_COUNT)
        return by_error;
    if (attempt->socket.protocol == PROTOCOL_UNIX) {
        if (evidence->holder_count > 0)
            verdict->decisive = 0;
        return reason_of_path(evidence);
    }
    if (attempt->socket.protocol == PROTOCOL_NONE)
        return REASON_UNKNOWN;
    if (protocol_is_named(attempt->socket.protocol))
        return reason_of_number(evidence, verdict);
    if (attempt->socket.local.port == 0)
        return REASON_PORTS_EXHAUSTED;
    by_holders = reason_by_holders(evidence, verdict);
    return attempt->call == CALL_LISTEN && attempt->bound ? REASON_LOST_LISTEN : by_holders;
}

/* ---- Which side lacks the option, and when it ends ---- */

/* Said of the holders that gave the reason, as far as they refuse. */
static enum lacks lacks_reuseaddr(const struct evidence *evidence, const struct verdict *verdict)
{
    const struct attempt *attempt = &evidence->attempt;
    enum answer newcomer = attempt->socket.options.reuseaddr;
    enum answer all_have = ANSWER_YES;
    bool certain = false;
    enum reason reason;

    if (verdict->decisive == evidence->holder_count || newcomer == ANSWER_UNKNOWN ||
        protocol_is_named(attempt->socket.protocol))
        return LACKS_UNKNOWN;
    reason = reason_of(attempt, &evidence->holders[verdict->decisive]);
    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (!holder_refuses(holder) || reason_of(attempt, holder) != reason)
            continue;
        certain |= holder->conflict.refused == ANSWER_YES;
        all_have = answer_and(all_have, holder->socket.options.reuseaddr);
    }
    if (newcomer == ANSWER_YES && !certain)
        return LACKS_HOLDER; /* only its lack of the option can have refused the call */
    if (all_have == ANSWER_UNKNOWN)
        return LACKS_UNKNOWN;
    if (newcomer == ANSWER_YES)
        return all_have == ANSWER_YES ? LACKS_NEITHER : LACKS_HOLDER;
    return all_have == ANSWER_YES ? LACKS_NEWCOMER : LACKS_BOTH;
}

/* A FIN_WAIT2 minisocket becomes a TIME_WAIT one, with the whole time before it, if the other end
 * closes in the last moment (tcp_timewait_state_process). */
static int64_t longest_ms(const struct holder *holder, bool *sooner)
{
    enum { TIME_WAIT_MS = 60000 }; /* TCP_TIMEWAIT_LEN, include/net/tcp.h */

    if (holder->socket.state != STATE_FIN_WAIT2)
        return holder->timer_ms;
    *sooner = true;
    return holder->timer_ms + TIME_WAIT_MS;
}

/* It ends by itself if each holder that refuses does. */
static void find_end(const struct evidence *evidence, struct verdict *verdict)
{
    bool all_end = verdict->decisive < evidence->holder_count && evidence->left_out == 0;

    verdict->frees_in_ms = -1;
    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (!holder_refuses(holder))
            continue;
        if (holder->owner.pid > 0)
            verdict->never_frees = true;
        if (holder->timer_ms < 0)
            all_end = false;
        else if (longest_ms(holder, &verdict->frees_sooner) > verdict->frees_in_ms)
            verdict->frees_in_ms = longest_ms(holder, &verdict->frees_sooner);
    }
    if (!all_end)
        verdict->frees_in_ms = -1;
}

void verdict_reach(const struct evidence *evidence, struct verdict *verdict)
{
    *verdict = (struct verdict){.reason = REASON_UNKNOWN};
    verdict->reason = reason_for(evidence, verdict);
    if (verdict->decisive < evidence->holder_count)
        verdict->overlap = evidence->holders[verdict->decisive].conflict.overlap;
    verdict->lacks = lacks_reuseaddr(evidence, verdict);
    find_end(evidence, verdict);
    verdict_imagine(evidence, verdict);
}

bool holder_is_self_connected(const struct holder *holder)
{
    return holder != NULL && holder->owner.relation == RELATION_NONE &&
           holder->remote.family != FAMILY_NONE &&
           endpoint_equal(&holder->remote, &holder->socket.local);
}

bool holder_may_be_client(const struct evidence *evidence, const struct holder *holder)
{
    const struct range *range = &evidence->range;

    if (holder == NULL || holder->owner.relation != RELATION_NONE ||
        holder->memory.bound_at_us != 0)
        return false;
    return holder_is_self_connected(holder) ||
           (range_has(range, holder->socket.local.port) && holder->remote.family != FAMILY_NONE &&
            holder->remote.port != 0 && holder->remote.port < range->first);
}

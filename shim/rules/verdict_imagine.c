/* What if one side, or both, had another option? */
#include "rules/verdict_parts.h"

struct wish {
    bool for_holder;
    size_t option; /* offset in struct options */
};

static const struct wish wishes[IF_COUNT] = {
    [IF_NEWCOMER_REUSEADDR] = {false, offsetof(struct options, reuseaddr)},
    [IF_BOTH_REUSEADDR] = {true, offsetof(struct options, reuseaddr)},
    [IF_NEWCOMER_REUSEPORT] = {false, offsetof(struct options, reuseport)},
    [IF_BOTH_REUSEPORT] = {true, offsetof(struct options, reuseport)},
    [IF_NEWCOMER_V6ONLY] = {false, offsetof(struct options, v6only)},
};

static enum answer *option_at(struct party *party, size_t offset)
{
    return (enum answer *)(void *)((char *)&party->options + offset);
}

/* IPV6_V6ONLY makes a difference to a dual-stack wildcard only: every other address either has no
 * such option, or is refused with it (mapped), or has it anyway (native). */
static bool wish_applies(const struct party *newcomer, enum what_if what_if)
{
    return what_if != IF_NEWCOMER_V6ONLY ||
           (newcomer->local.family == FAMILY_INET6 && endpoint_is_wildcard(&newcomer->local) &&
            !endpoint_is_mapped(&newcomer->local));
}

/* Where the rule cannot know, the kernel was asked: about SO_REUSEADDR by a newcomer without
 * SO_REUSEPORT. */
static enum answer ask_probe(const struct evidence *evidence, enum what_if what_if)
{
    bool tells = evidence->probe == ANSWER_YES ||
                 evidence->attempt.socket.options.reuseport == ANSWER_NO;

    if (what_if == IF_NEWCOMER_REUSEPORT)
        return evidence->probe_reuseport;
    return what_if == IF_NEWCOMER_REUSEADDR && tells ? evidence->probe : ANSWER_UNKNOWN;
}

/* The last TCP socket that was bound with SO_REUSEPORT lets in all whose address is a part of its
 * own, whatever other sockets there are (reuseport_latch_lets_in_without_a_walk of tests/kernel/);
 * nobody can see whether HELD was the last. */
static bool may_latch(const struct party *held, enum overlap overlap)
{
    return (held->state == STATE_LISTEN || held->state == STATE_BOUND) &&
           (overlap == OVERLAP_SAME || endpoint_is_wildcard(&held->local));
}

enum answer verdict_would(const struct evidence *evidence, enum what_if what_if)
{
    const struct wish *wish = &wishes[what_if];
    struct party newcomer = evidence->attempt.socket;
    enum answer *option = option_at(&newcomer, wish->option);
    enum answer answer = ANSWER_YES;
    bool latched = false;
    /* One a family, as they are listed. */
    struct udp_walk walks[2] = {udp_walk_begin(), udp_walk_begin()};

    if (!wish_applies(&newcomer, what_if) || (!wish->for_holder && *option == ANSWER_YES))
        return ANSWER_NO;
    *option = ANSWER_YES;
    for (size_t i = evidence->holder_count; i-- > 0;) {
        struct party held = evidence->holders[i].socket;
        struct udp_walk *walk = &walks[held.local.family == FAMILY_INET6];
        struct conflict conflict;

        if (wish->for_holder)
            *option_at(&held, wish->option) = ANSWER_YES;
        conflict = conflict_between(&newcomer, &held);
        answer = answer_and(answer, answer_not(conflict.refused));
        latched |= conflict.shares != ANSWER_NO && may_latch(&held, conflict.overlap);
        *walk = udp_walk_add(*walk, &conflict);
    }
    if (newcomer.protocol == PROTOCOL_UDP || newcomer.protocol == PROTOCOL_UDPLITE)
        answer = udp_walk_both(walks[0], walks[1]);
    else if (option == &newcomer.options.reuseport && latched)
        answer = answer_or(answer, ANSWER_UNKNOWN);
    if (evidence->left_out > 0)
        answer = answer_and(answer, ANSWER_UNKNOWN);
    return answer == ANSWER_UNKNOWN ? ask_probe(evidence, what_if) : answer;
}

/* The same where port 0 found none (port_zero_skips_taken_ports,
 * udp_port_zero_shares_with_reuseaddr of tests/kernel/): TCP shares no port with anybody, UDP does
 * with whoever has the option too; and fewer sockets are in the way of IPv6 alone. */
static enum answer would_find_port(const struct evidence *evidence, enum what_if what_if)
{
    const struct wish *wish = &wishes[what_if];
    const struct range *range = &evidence->range;
    struct party newcomer = evidence->attempt.socket;

    if (!wish_applies(&newcomer, what_if) ||
        (!wish->for_holder && *option_at(&newcomer, wish->option) == ANSWER_YES))
        return ANSWER_NO;
    if (what_if == IF_NEWCOMER_V6ONLY)
        return ANSWER_UNKNOWN;
    if (newcomer.protocol == PROTOCOL_TCP)
        return range->autobind_reuse || range->first == 0 ? ANSWER_UNKNOWN : ANSWER_NO;
    if (what_if == IF_BOTH_REUSEADDR && range->first != 0 &&
        range->reserved < (uint32_t)(range->last - range->first + 1))
        return ANSWER_YES;
    return ANSWER_UNKNOWN;
}

/* Of a holder in no list the kernel alone knows something. */
static enum answer would_beside_unseen(const struct evidence *evidence, enum what_if what_if)
{
    const struct options *options = &evidence->attempt.socket.options;

    if (what_if == IF_NEWCOMER_REUSEADDR && options->reuseaddr == ANSWER_NO)
        return ask_probe(evidence, what_if);
    if ((what_if == IF_NEWCOMER_REUSEADDR && options->reuseaddr == ANSWER_YES) ||
        (what_if == IF_NEWCOMER_REUSEPORT && options->reuseport == ANSWER_YES) ||
        !wish_applies(&evidence->attempt.socket, what_if))
        return ANSWER_NO;
    return ANSWER_UNKNOWN;
}

void verdict_imagine(const struct evidence *evidence, struct verdict *verdict)
{
    for (unsigned int i = 0; i < IF_COUNT; i++) {
        if (protocol_is_named(evidence->attempt.socket.protocol) ||
            verdict->reason == REASON_NOT_LOCAL || verdict->reason == REASON_LOW_PORT)
            verdict->would[i] = ANSWER_NO;
        else if (verdict->reason == REASON_PORTS_EXHAUSTED)
            verdict->would[i] = would_find_port(evidence, (enum what_if)i);
        else if (verdict->reason == REASON_UNSEEN && verdict->decisive == evidence->holder_count)
            verdict->would[i] = would_beside_unseen(evidence, (enum what_if)i);
        else if (verdict->decisive == evidence->holder_count)
            verdict->would[i] = ANSWER_UNKNOWN;
        else
            verdict->would[i] = verdict_would(evidence, (enum what_if)i);
    }
}

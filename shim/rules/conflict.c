#include "rules/conflict.h"

#include <assert.h>
#include <string.h>

static const char state_names[][12] = {
    [STATE_UNKNOWN] = "UNKNOWN",     [STATE_BOUND] = "BOUND",
    [STATE_LISTEN] = "LISTEN",       [STATE_SYN_SENT] = "SYN_SENT",
    [STATE_ESTABLISHED] = "ESTABLISHED", [STATE_FIN_WAIT1] = "FIN_WAIT1",
    [STATE_FIN_WAIT2] = "FIN_WAIT2", [STATE_TIME_WAIT] = "TIME_WAIT",
    [STATE_CLOSE_WAIT] = "CLOSE_WAIT", [STATE_LAST_ACK] = "LAST_ACK",
    [STATE_CLOSING] = "CLOSING",
};
static_assert(sizeof state_names / sizeof *state_names == STATE_COUNT, "one name each");

static const char overlap_names[][11] = {
    [OVERLAP_NONE] = "",
    [OVERLAP_SAME] = "same",
    [OVERLAP_WILDCARD] = "wildcard",
    [OVERLAP_DUAL_STACK] = "dual-stack",
    [OVERLAP_MAPPED] = "v4-mapped",
    [OVERLAP_SHADOW] = "dual-stack",
};
static_assert(sizeof overlap_names / sizeof *overlap_names == OVERLAP_COUNT, "one name each");

const char *socket_state_name(enum socket_state state)
{
    return state_names[state];
}

const char *overlap_name(enum overlap overlap)
{
    return overlap == OVERLAP_NONE ? NULL : overlap_names[overlap];
}

/* What a socket covers of one address family. */
enum extent { COVERS_NOTHING = 0, COVERS_ONE, COVERS_ALL };

/* What a socket covers: kernel-facts, 'Do the addresses overlap'. */
struct coverage {
    enum extent v4, v6;
    enum answer v4_sure; /* UNKNOWN: v4 holds only if V6ONLY is off, and that is not known */
    uint8_t v4_address[4];
    const uint8_t *v6_address;
    bool shadow; /* v4_address is the dummy one */
};

static struct coverage coverage_of(const struct party *party)
{
    static const uint8_t dummy_v4[4] = {127, 0, 0, 6}; /* LOOPBACK4_IPV6, include/net/ipv6.h */
    const struct endpoint *local = &party->local;
    bool all = endpoint_is_wildcard(local);
    struct coverage covers = {.v4_sure = ANSWER_YES, .v6_address = local->address};

    if (local->family == FAMILY_INET) {
        covers.v4 = all ? COVERS_ALL : COVERS_ONE;
        memcpy(covers.v4_address, local->address, 4);
    } else if (endpoint_is_mapped(local)) {
        covers.v4 = all ? COVERS_ALL : COVERS_ONE;
        memcpy(covers.v4_address, local->address + 12, 4);
    } else {
        covers.v6 = all ? COVERS_ALL : COVERS_ONE;
        covers.v4_sure = answer_not(party->options.v6only);
        covers.shadow = !all && party->connected;
        if (covers.v4_sure != ANSWER_NO && (all || covers.shadow))
            covers.v4 = all ? COVERS_ALL : COVERS_ONE;
        if (covers.shadow)
            memcpy(covers.v4_address, dummy_v4, 4);
    }
    return covers;
}

/* The shadow address of a connected IPv6 TCP socket is met by 0.0.0.0 only: since bhash2 (Linux
 * 6.1) a newcomer of one address looks only at sockets of that very address and at wildcards.
 * Neither is it met by an IPv6 socket, whose own comparison is one of IPv6 addresses. */
static bool meets_v4(const struct party *newcomer, const struct coverage *want,
                     const struct coverage *held)
{
    if (want->v4 == COVERS_NOTHING || held->v4 == COVERS_NOTHING)
        return false;
    if (held->shadow) {
        if (newcomer->local.family != FAMILY_INET)
            return false;
        return want->v4 == COVERS_ALL ||
               (newcomer->protocol != PROTOCOL_TCP &&
                memcmp(want->v4_address, held->v4_address, 4) == 0);
    }
    return want->v4 == COVERS_ALL || held->v4 == COVERS_ALL ||
           memcmp(want->v4_address, held->v4_address, 4) == 0;
}

static bool meets_v6(const struct coverage *want, const struct coverage *held)
{
    if (want->v6 == COVERS_NOTHING || held->v6 == COVERS_NOTHING)
        return false;
    return want->v6 == COVERS_ALL || held->v6 == COVERS_ALL ||
           memcmp(want->v6_address, held->v6_address, 16) == 0;
}

/* How two overlapping addresses overlap, in the words of the record. */
static enum overlap overlap_kind(const struct party *newcomer, const struct coverage *want,
                                 const struct party *holder, const struct coverage *held)
{
    const struct endpoint *a = &newcomer->local;
    const struct endpoint *b = &holder->local;
    bool plain_a = a->family == FAMILY_INET, plain_b = b->family == FAMILY_INET;

    if (held->shadow && plain_a)
        return OVERLAP_SHADOW;
    if (endpoint_is_mapped(a) != endpoint_is_mapped(b) && (plain_a || plain_b))
        return endpoint_is_wildcard(a) || endpoint_is_wildcard(b) ? OVERLAP_WILDCARD
                                                                  : OVERLAP_MAPPED;
    if ((want->v6 == COVERS_NOTHING) != (held->v6 == COVERS_NOTHING))
        return OVERLAP_DUAL_STACK;
    if (memcmp(a->address, b->address, sizeof a->address) == 0)
        return OVERLAP_SAME;
    return OVERLAP_WILDCARD;
}

/* Interfaces of link-local addresses count as devices: the kernel binds such a socket to them. */
uint32_t party_device(const struct party *party)
{
    return party->device != 0 ? party->device : party->local.scope;
}

static enum answer excused_by_reuseaddr(const struct party *newcomer, const struct party *holder)
{
    bool streams = newcomer->protocol == PROTOCOL_TCP || newcomer->protocol == PROTOCOL_SCTP;

    if (streams && holder->state == STATE_LISTEN)
        return ANSWER_NO;
    return answer_and(newcomer->options.reuseaddr, holder->options.reuseaddr);
}

static enum answer excused_by_reuseport(const struct party *newcomer, const struct party *holder)
{
    enum answer one_owner = ANSWER_UNKNOWN;

    if (newcomer->protocol == PROTOCOL_TCP && holder->minisocket)
        one_owner = ANSWER_YES;
    else if (newcomer->uid != UID_UNKNOWN && holder->uid != UID_UNKNOWN)
        one_owner = answer_of(newcomer->uid == holder->uid);
    return answer_and(one_owner,
                      answer_and(newcomer->options.reuseport, holder->options.reuseport));
}

/* A vsock port is one for all types of sockets, and VMADDR_CID_ANY meets each context id; UNIX
 * names are compared where they are looked for (vsock_ignores_reuse_options of tests/kernel/). */
static struct conflict between_names(const struct endpoint *want, const struct endpoint *held)
{
    const uint32_t any = UINT32_MAX;
    bool wildcard = want->family == FAMILY_VSOCK && (want->scope == any || held->scope == any);
    bool meets = want->family == FAMILY_UNIX ||
                 (endpoint_number(want) == endpoint_number(held) &&
                  (want->scope == held->scope || wildcard));
    enum answer answer = answer_of(meets);

    return (struct conflict){answer, answer, answer, ANSWER_NO,
                             !meets                        ? OVERLAP_NONE
                             : want->scope == held->scope ? OVERLAP_SAME
                                                           : OVERLAP_WILDCARD};
}

struct conflict conflict_between(const struct party *newcomer, const struct party *holder)
{
    struct coverage want = coverage_of(newcomer);
    struct coverage held = coverage_of(holder);
    uint32_t device = party_device(newcomer), held_device = party_device(holder);
    struct conflict conflict = {ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_NO, OVERLAP_NONE};
    bool by_v6, by_v4;

    if (protocol_is_named(newcomer->protocol))
        return between_names(&newcomer->local, &holder->local);
    if (device != 0 && held_device != 0 && device != held_device)
        return conflict;
    by_v6 = meets_v6(&want, &held);
    by_v4 = meets_v4(newcomer, &want, &held);
    if (!by_v6 && !by_v4)
        return conflict;
    conflict.meets = by_v6 ? ANSWER_YES : answer_and(want.v4_sure, held.v4_sure);
    conflict.overlap = overlap_kind(newcomer, &want, holder, &held);
    conflict.counts =
        answer_and(conflict.meets, answer_not(excused_by_reuseaddr(newcomer, holder)));
    conflict.shares = excused_by_reuseport(newcomer, holder);
    conflict.refused = answer_and(conflict.counts, answer_not(conflict.shares));
    return conflict;
}

struct udp_walk udp_walk_begin(void)
{
    return (struct udp_walk){.any = ANSWER_NO, .works = ANSWER_YES};
}

struct udp_walk udp_walk_add(struct udp_walk walk, const struct conflict *conflict)
{
    if (conflict->counts == ANSWER_YES)
        walk.works = conflict->shares;
    else if (conflict->counts == ANSWER_UNKNOWN && conflict->shares != walk.works)
        walk.works = ANSWER_UNKNOWN;
    walk.any = answer_or(walk.any, conflict->counts);
    return walk;
}

enum answer udp_walk_both(struct udp_walk a, struct udp_walk b)
{
    if (a.any == ANSWER_NO || a.works == b.works)
        return b.works;
    return b.any == ANSWER_NO ? a.works : ANSWER_UNKNOWN;
}

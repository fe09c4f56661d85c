/* What helps, and only what would really work: one row for each cure, in the order of telling. */
#include "rules/cures_parts.h"

#include <string.h>

#include "rules/keeper.h"

bool cure_every_refusing(const struct patient *patient, bool (*is)(const struct holder *))
{
    const struct evidence *evidence = patient->evidence;
    bool any = false;
    size_t i;

    for (i = 0; i < evidence->holder_count; i++) {
        if (!holder_refuses(&evidence->holders[i]))
            continue;
        if (!is(&evidence->holders[i]))
            return false;
        any = true;
    }
    return any && evidence->left_out == 0;
}

/* ---- When does it apply? ---- */

bool cure_is_dead(const struct holder *holder)
{
    return holder != NULL && holder->owner.relation == RELATION_NONE &&
           holder->socket.protocol == PROTOCOL_TCP;
}

static bool is_our_socket(const struct holder *holder)
{
    return cure_is_ours(&holder->owner);
}

static bool applies_fix(const struct patient *patient)
{
    return cure_every_refusing(patient, is_our_socket);
}

static bool applies_wait(const struct patient *patient)
{
    return patient->verdict->frees_in_ms >= 0 || patient->attempt->waits_ms > 0;
}

static bool can_be_ended(const struct holder *holder)
{
    return cure_is_dead(holder) && !holder->socket.outlasts;
}

static bool applies_free(const struct patient *patient)
{
    return patient->decisive != NULL && cure_every_refusing(patient, can_be_ended);
}

/* A policy has no word for UDP-Lite. */
static bool is_in_reach(const struct patient *patient)
{
    enum protocol protocol = patient->attempt->socket.protocol;

    return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP;
}

bool cure_would(const struct patient *patient, enum what_if what_if)
{
    return patient->verdict->would[what_if] == ANSWER_YES;
}

/* For UDP the option lets the last binder take the other's datagrams: not advised. */
static bool applies_force(const struct patient *patient)
{
    return cure_would(patient, IF_NEWCOMER_REUSEADDR) &&
           patient->attempt->socket.protocol == PROTOCOL_TCP;
}

/* Multicast receivers each get every datagram: there the option on both sides is a good habit. */
static bool is_multicast(const struct patient *patient)
{
    return patient->attempt->socket.protocol != PROTOCOL_TCP &&
           endpoint_is_multicast(&patient->attempt->socket.local);
}

static bool applies_force_multicast(const struct patient *patient)
{
    return is_in_reach(patient) && is_multicast(patient) &&
           cure_would(patient, IF_BOTH_REUSEADDR);
}

static bool applies_force_both(const struct patient *patient)
{
    return cure_would(patient, IF_BOTH_REUSEADDR) && !cure_would(patient, IF_NEWCOMER_REUSEADDR) &&
           patient->attempt->socket.options.reuseaddr == ANSWER_NO &&
           patient->verdict->frees_in_ms >= 0;
}

static bool applies_next_time(const struct patient *patient)
{
    return cure_would(patient, IF_BOTH_REUSEADDR) &&
           patient->attempt->socket.options.reuseaddr == ANSWER_YES &&
           cure_is_dead(patient->decisive);
}

static bool applies_v6only(const struct patient *patient)
{
    return is_in_reach(patient) && cure_would(patient, IF_NEWCOMER_V6ONLY);
}

/* A server on all addresses of both families, that would do without those of IPv4. */
static bool is_dual_server(const struct holder *holder)
{
    const struct party *held = &holder->socket;

    return cure_is_endable(holder) && held->local.family == FAMILY_INET6 &&
           endpoint_is_wildcard(&held->local) && !endpoint_is_mapped(&held->local) &&
           held->options.v6only == ANSWER_NO;
}

static bool is_ipv4(const struct endpoint *local)
{
    return local->family == FAMILY_INET || endpoint_is_mapped(local);
}

static bool applies_v6only_other(const struct patient *patient)
{
    return is_in_reach(patient) && is_ipv4(&patient->attempt->socket.local) &&
           cure_every_refusing(patient, is_dual_server) && patient->verdict->refusing_count == 1;
}

static bool same_address(const struct patient *patient)
{
    const struct evidence *evidence = patient->evidence;
    size_t i;

    for (i = 0; i < evidence->holder_count; i++)
        if (!endpoint_equal(&evidence->holders[i].socket.local, &patient->decisive->socket.local))
            return false;
    return evidence->left_out == 0;
}

/* Whoever asks for all addresses meets every holder, so none is on another one than these. Of one's
 * own sockets and of what ends there is better to say. */
static bool applies_another_address(const struct patient *patient)
{
    const struct evidence *evidence = patient->evidence;
    bool all_seen = evidence->kernel_asked && (evidence->bound_seen ||
                                               patient->attempt->socket.protocol != PROTOCOL_TCP);

    return all_seen && endpoint_is_wildcard(&patient->attempt->socket.local) &&
           patient->decisive != NULL && cure_is_bare(patient->decisive) &&
           !cure_is_ours(&patient->decisive->owner) &&
           !endpoint_is_wildcard(&patient->decisive->socket.local) && same_address(patient);
}

static bool applies_share(const struct patient *patient)
{
    return is_in_reach(patient) && cure_would(patient, IF_NEWCOMER_REUSEPORT) &&
           !is_multicast(patient);
}

static bool applies_share_both(const struct patient *patient)
{
    return is_in_reach(patient) && patient->decisive != NULL &&
           cure_would(patient, IF_BOTH_REUSEPORT) &&
           !cure_would(patient, IF_NEWCOMER_REUSEPORT) && patient->decisive->owner.pid > 0 &&
           !is_multicast(patient) &&
           keeper_of(&patient->decisive->owner) == KEEPER_NONE &&
           !cure_is_ours(&patient->decisive->owner) &&
           (patient->decisive->socket.state == STATE_LISTEN ||
            patient->attempt->socket.protocol != PROTOCOL_TCP);
}

/* The kernel gives no port that is reserved; a program that asks for one by its number gets it. */
static bool applies_reserve(const struct patient *patient)
{
    return patient->verdict->reason == REASON_OUTGOING && patient->decisive != NULL &&
           patient->decisive->memory.bound_at_us == 0 &&
           range_has(&patient->evidence->range, patient->attempt->socket.local.port);
}

static bool applies_unlink(const struct patient *patient)
{
    return patient->verdict->reason == REASON_UNIX_STALE;
}

static bool applies_retry(const struct patient *patient)
{
    return patient->verdict->reason == REASON_GONE;
}

static bool applies_widen(const struct patient *patient)
{
    const struct range *range = &patient->evidence->range;

    return patient->verdict->reason == REASON_PORTS_EXHAUSTED && range->first > 1024 &&
           !range->own &&
           patient->attempt->domain != 0;
}

/* Root would be told whose it is, or who else's. */
static bool applies_look(const struct patient *patient)
{
    const uint32_t by_right = 1u << VISIBILITY_UNPRIVILEGED | 1u << VISIBILITY_HIDEPID;
    const struct holder *held = patient->decisive;

    return (patient->evidence->limits & by_right) != 0 && patient->attempt->caller.uid != 0 &&
           held != NULL &&
           (held->owner.relation == RELATION_UNSEEN ||
            (held->owner.fd >= 0 && !held->owner.others_complete)) &&
           !endpoint_is_abstract(&patient->attempt->socket.local);
}

/* A system call filter kept the look short, and what it found is not who has it. */
static bool applies_look_outside(const struct patient *patient)
{
    const uint32_t filtered = 1u << VISIBILITY_SECCOMP | 1u << VISIBILITY_HELPER_KILLED;
    const struct holder *held = patient->decisive;

    return (patient->evidence->limits & filtered) != 0 &&
           (held == NULL || held->owner.relation == RELATION_UNSEEN) &&
           patient->attempt->socket.local.family != FAMILY_NONE &&
           !endpoint_is_abstract(&patient->attempt->socket.local);
}

/* Where cures are written to. */
struct search {
    struct patient patient;
    struct verdict *verdict;
};

/* One more cure, where it applies and there is room. Half a command must not be pasted. */
static void consider(const struct search *search, const char *id, enum risk risk,
                     bool (*applies)(const struct patient *patient),
                     void (*word)(const struct patient *patient, struct text *text,
                                  struct text *command))
{
    struct verdict *verdict = search->verdict;
    struct cure *cure = &verdict->cures[verdict->cure_count];
    struct text text, command;

    if (verdict->cure_count == CURES_MAX || !applies(&search->patient))
        return;
    text = text_in(cure->text, sizeof cure->text);
    command = text_in(cure->command, sizeof cure->command);
    word(&search->patient, &text, &command);
    if (text.cut || command.cut)
        return;
    cure->id = id;
    cure->risk = risk;
    verdict->cure_count++;
}

/* In the order of their risks; last what is no cure of this call. A table that is code: rows of
 * pointers would take half as much again, with their relocations. */
void cures_find(const struct evidence *evidence, struct verdict *verdict)
{
    const struct search in = {
        {evidence, verdict, &evidence->attempt,
         verdict->decisive < evidence->holder_count ? &evidence->holders[verdict->decisive] : NULL},
        verdict};

    verdict->cure_count = 0;
    consider(&in, "force", RISK_SAFE, applies_force, cure_word_force);
    consider(&in, "force-multicast", RISK_SAFE, applies_force_multicast, cure_word_force_multicast);
    consider(&in, "wait", RISK_SAFE, applies_wait, cure_word_wait);
    consider(&in, "v6only", RISK_SAFE, applies_v6only, cure_word_v6only);
    consider(&in, "another-address", RISK_SAFE, applies_another_address, cure_word_another_address);
    consider(&in, "unlink", RISK_SAFE, applies_unlink, cure_word_unlink);
    consider(&in, "unlink-always", RISK_SAFE, applies_unlink, cure_word_unlink_always);
    consider(&in, "retry", RISK_SAFE, applies_retry, cure_word_retry);
    consider(&in, "look-outside", RISK_SAFE, applies_look_outside, cure_word_look_outside);
    consider(&in, "free", RISK_ROOT, applies_free, cure_word_free);
    consider(&in, "look", RISK_ROOT, applies_look, cure_word_look);
    consider(&in, "reserve", RISK_ROOT, applies_reserve, cure_word_reserve);
    consider(&in, "widen", RISK_ROOT, applies_widen, cure_word_widen);
    consider(&in, "stop", RISK_DISRUPTS, cure_applies_stop, cure_word_stop);
    consider(&in, "stop-all", RISK_DISRUPTS, cure_applies_stop_all, cure_word_stop_all);
    consider(&in, "stop-kept", RISK_DISRUPTS, cure_applies_stop_kept, cure_word_stop_kept);
    consider(&in, "v6only", RISK_DISRUPTS, applies_v6only_other, cure_word_v6only_other);
    consider(&in, "share", RISK_DISRUPTS, applies_share, cure_word_share);
    consider(&in, "share", RISK_DISRUPTS, applies_share_both, cure_word_share_both);
    consider(&in, "fix-program", RISK_NONE, applies_fix, cure_word_fix);
    consider(&in, "force-from-now-on", RISK_NONE, applies_force_both, cure_word_force_both);
    consider(&in, "next-time", RISK_NONE, applies_next_time, cure_word_next_time);
}

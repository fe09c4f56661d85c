/* What helps, and only what would really work: one row for each cure, in the order of telling. */
#include "rules/cures_parts.h"

#include <string.h>

#include "rules/keeper.h"

static bool every_refusing(const struct patient *patient, bool (*is)(const struct holder *))
{
    const struct evidence *evidence = patient->evidence;
    bool any = false;
    size_t i;

    for (i = 0; i < evidence->holder_count; i++) {
        if (!verdict_refuses(evidence, &evidence->holders[i]))
            continue;
        if (!is(&evidence->holders[i]))
            return false;
        any = true;
    }
    return any && evidence->left_out == 0;
}

/* ---- When does it apply? ---- */

static bool is_dead(const struct holder *holder)
{
    return holder->owner.relation == RELATION_NONE && holder->socket.protocol == PROTOCOL_TCP;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);

    return length > end_length && strcmp(name + length - end_length, end) == 0;
}

/* Units that start what their users ask for. Most leave it alone when they are stopped
 * (KillMode=process of systemd.kill(5), in cron, atd and sshd), and the rest is a whole login. */
static bool is_of_many(const char *unit)
{
    static const char starts[][16] = {
        "cron.", "crond.", "cronie.", "atd.", "ssh.", "sshd.", "ssh@", "sshd@", "user@", "getty@",
        "serial-getty@", "console-getty.", "dbus.",
    };

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncmp(unit, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

bool cure_is_service(const struct holder *holder)
{
    return holder->unit != NULL && !is_of_many(holder->unit) &&
           (ends_with(holder->unit, ".service") || ends_with(holder->unit, ".socket"));
}

/* Processes that would give the port up at once by ending: no connection of their own that would
 * leave a TIME_WAIT behind. */
static bool is_bare(const struct holder *holder)
{
    return holder->socket.state == STATE_LISTEN || holder->socket.state == STATE_BOUND ||
           holder->socket.protocol != PROTOCOL_TCP;
}

/* The first process of a system, or of a container, does not end by SIGTERM. */
static bool is_endable(const struct holder *holder)
{
    return is_bare(holder) && holder->owner.pid > 1 && holder->owner.relation != RELATION_SELF &&
           keeper_of(&holder->owner) == KEEPER_NONE;
}

/* One process, or one unit, is enough: nobody else has a descriptor of the same socket. */
static bool is_stoppable(const struct holder *holder)
{
    bool alone = holder->owner.others == 0 && holder->owner.others_complete;

    return is_endable(holder) && (cure_is_service(holder) || alone);
}

static bool is_shared(const struct holder *holder)
{
    return is_endable(holder) && !cure_is_service(holder) && holder->owner.others > 0;
}

static bool same_owner(const struct patient *patient)
{
    const struct evidence *evidence = patient->evidence;
    size_t i;

    for (i = 0; i < evidence->holder_count; i++)
        if (verdict_refuses(evidence, &evidence->holders[i]) &&
            evidence->holders[i].owner.pid != patient->decisive->owner.pid)
            return false;
    return true;
}

static bool applies_stop(const struct patient *patient)
{
    return patient->decisive != NULL && every_refusing(patient, is_stoppable) &&
           same_owner(patient);
}

static bool applies_stop_all(const struct patient *patient)
{
    return patient->decisive != NULL && every_refusing(patient, is_shared) && same_owner(patient);
}

/* A port is published by containers, on however many addresses; of units each has its own. */
static bool applies_stop_kept(const struct patient *patient)
{
    const struct evidence *evidence = patient->evidence;
    enum keeper keeper =
        patient->decisive == NULL ? KEEPER_NONE : keeper_of(&patient->decisive->owner);
    size_t i;

    if (keeper == KEEPER_NONE || keeper == KEEPER_KUBERNETES || !every_refusing(patient, is_bare))
        return false;
    for (i = 0; i < evidence->holder_count; i++)
        if (verdict_refuses(evidence, &evidence->holders[i]) &&
            keeper_of(&evidence->holders[i].owner) != keeper)
            return false;
    return patient->attempt->socket.protocol != PROTOCOL_UNIX &&
           (keeper != KEEPER_SYSTEMD || patient->verdict->refusing_count == 1);
}

static bool applies_fix(const struct patient *patient)
{
    return patient->decisive != NULL &&
           patient->decisive->owner.relation == RELATION_SELF;
}

static bool applies_wait(const struct patient *patient)
{
    return patient->verdict->frees_in_ms >= 0;
}

static bool applies_free(const struct patient *patient)
{
    return patient->decisive != NULL && every_refusing(patient, is_dead);
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

/* Multicast receivers each get every datagram: there the option on both sides is the right habit. */
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
           patient->attempt->socket.options.reuseaddr == ANSWER_NO && applies_wait(patient);
}

static bool applies_next_time(const struct patient *patient)
{
    return cure_would(patient, IF_BOTH_REUSEADDR) &&
           patient->attempt->socket.options.reuseaddr == ANSWER_YES && is_dead(patient->decisive);
}

static bool applies_v6only(const struct patient *patient)
{
    return is_in_reach(patient) && cure_would(patient, IF_NEWCOMER_V6ONLY);
}

/* A server on all addresses of both families, that would do without those of IPv4. */
static bool is_dual_server(const struct holder *holder)
{
    const struct party *held = &holder->socket;

    return is_endable(holder) && held->local.family == FAMILY_INET6 &&
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
           every_refusing(patient, is_dual_server) && same_owner(patient);
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
           patient->decisive != NULL && is_bare(patient->decisive) &&
           patient->decisive->owner.relation != RELATION_SELF &&
           !endpoint_is_wildcard(&patient->decisive->socket.local) && same_address(patient);
}

static bool applies_share(const struct patient *patient)
{
    return is_in_reach(patient) && cure_would(patient, IF_NEWCOMER_REUSEPORT) &&
           !is_multicast(patient);
}

static bool applies_share_both(const struct patient *patient)
{
    return is_in_reach(patient) && cure_would(patient, IF_BOTH_REUSEPORT) &&
           !cure_would(patient, IF_NEWCOMER_REUSEPORT) && patient->decisive->owner.pid > 0 &&
           !is_multicast(patient) &&
           keeper_of(&patient->decisive->owner) == KEEPER_NONE &&
           patient->decisive->owner.relation != RELATION_SELF &&
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

/* A table that is code: rows of pointers would take half as much again, with their relocations. */
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
    consider(&in, "free", RISK_ROOT, applies_free, cure_word_free);
    consider(&in, "stop", RISK_DISRUPTS, applies_stop, cure_word_stop);
    consider(&in, "stop-all", RISK_DISRUPTS, applies_stop_all, cure_word_stop_all);
    consider(&in, "stop-kept", RISK_DISRUPTS, applies_stop_kept, cure_word_stop_kept);
    consider(&in, "fix-program", RISK_NONE, applies_fix, cure_word_fix);
    consider(&in, "v6only", RISK_SAFE, applies_v6only, cure_word_v6only);
    consider(&in, "v6only", RISK_DISRUPTS, applies_v6only_other, cure_word_v6only_other);
    consider(&in, "another-address", RISK_SAFE, applies_another_address, cure_word_another_address);
    consider(&in, "share", RISK_DISRUPTS, applies_share, cure_word_share);
    consider(&in, "share", RISK_DISRUPTS, applies_share_both, cure_word_share_both);
    consider(&in, "reserve", RISK_ROOT, applies_reserve, cure_word_reserve);
    consider(&in, "unlink", RISK_SAFE, applies_unlink, cure_word_unlink);
    consider(&in, "unlink-always", RISK_SAFE, applies_unlink, cure_word_unlink_always);
    consider(&in, "retry", RISK_SAFE, applies_retry, cure_word_retry);
    consider(&in, "widen", RISK_ROOT, applies_widen, cure_word_widen);
    consider(&in, "force-from-now-on", RISK_NONE, applies_force_both, cure_word_force_both);
    consider(&in, "next-time", RISK_NONE, applies_next_time, cure_word_next_time);
}

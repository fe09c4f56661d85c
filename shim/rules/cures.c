/* What helps, and only what would really work: one row for each cure, in the order of telling. */
#include "rules/verdict.h"

#include <string.h>

enum { WAIT_MARGIN_MS = 5000, WAIT_STEP_MS = 10000 };

struct patient {
    const struct evidence *evidence;
    const struct verdict *verdict;
    const struct attempt *attempt;
    const struct holder *decisive; /* NULL if none */
};

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

/* A unit that stands for the server: not a login session or another scope that a shell is in too. */
static bool is_service(const struct holder *holder)
{
    return holder->unit != NULL &&
           (ends_with(holder->unit, ".service") || ends_with(holder->unit, ".socket"));
}

/* Processes that would give the port up at once by ending: no connection of their own that would
 * leave a TIME_WAIT behind. */
static bool is_endable(const struct holder *holder)
{
    bool bare = holder->socket.state == STATE_LISTEN || holder->socket.state == STATE_BOUND ||
                holder->socket.protocol != PROTOCOL_TCP;

    return bare && holder->owner.pid > 0 && holder->owner.relation != RELATION_SELF;
}

/* One process, or one unit, is enough: nobody else has a descriptor of the same socket. */
static bool is_stoppable(const struct holder *holder)
{
    return is_endable(holder) &&
           (is_service(holder) || (holder->owner.others == 0 && holder->owner.others_complete));
}

static bool is_shared(const struct holder *holder)
{
    return is_endable(holder) && !is_service(holder) && holder->owner.others > 0;
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

static bool would(const struct patient *patient, enum what_if what_if)
{
    return patient->verdict->would[what_if] == ANSWER_YES;
}

/* For UDP the option lets the last binder take the other's datagrams: not advised. */
static bool applies_force(const struct patient *patient)
{
    return would(patient, IF_NEWCOMER_REUSEADDR) &&
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
    return is_multicast(patient) && would(patient, IF_BOTH_REUSEADDR);
}

static bool applies_force_both(const struct patient *patient)
{
    return would(patient, IF_BOTH_REUSEADDR) && !would(patient, IF_NEWCOMER_REUSEADDR) &&
           patient->attempt->socket.options.reuseaddr == ANSWER_NO && applies_wait(patient);
}

static bool applies_next_time(const struct patient *patient)
{
    return would(patient, IF_BOTH_REUSEADDR) &&
           patient->attempt->socket.options.reuseaddr == ANSWER_YES && is_dead(patient->decisive);
}

static bool applies_v6only(const struct patient *patient)
{
    return would(patient, IF_NEWCOMER_V6ONLY);
}

static bool applies_share(const struct patient *patient)
{
    return would(patient, IF_NEWCOMER_REUSEPORT) && !is_multicast(patient);
}

static bool applies_share_both(const struct patient *patient)
{
    return would(patient, IF_BOTH_REUSEPORT) && !would(patient, IF_NEWCOMER_REUSEPORT) &&
           patient->decisive->owner.pid > 0 && !is_multicast(patient) &&
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

/* ---- In which words? ---- */

static void add_where(struct text *text, const struct patient *patient)
{
    text_join(text, protocol_name(patient->attempt->socket.protocol), ":", NULL);
    text_unsigned(text, patient->attempt->socket.local.port);
}

static void add_seconds(struct text *text, int64_t ms)
{
    text_number(text, (ms + 999) / 1000);
    text_add(text, " s");
}

/* The whole of TIME_WAIT may pass, and a little more: rounded up to a step. */
static void add_wait_policy(struct text *text, const struct patient *patient)
{
    int64_t ms = patient->verdict->frees_in_ms + WAIT_MARGIN_MS;

    text_add(text, "export REUSESHIM_POLICY=force+wait:");
    text_number(text, (ms + WAIT_STEP_MS - 1) / WAIT_STEP_MS * (WAIT_STEP_MS / 1000));
    text_char(text, 's');
}

/* Part of a word of a POSIX shell, between quotes. */
static void add_quoted(struct text *text, const char *bytes, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (bytes[i] == '\'')
            text_add(text, "'\\''");
        else
            text_char(text, bytes[i]);
    }
}

/* Bytes that reach a shell as they are when they are copied from a terminal or a log. */
static bool can_be_pasted(const char *bytes, size_t count)
{
    char room[ENDPOINT_TEXT_MAX];
    size_t at = 0;

    while (at < count) {
        size_t length = text_utf8_length(bytes + at, count - at);
        struct text text = text_in(room, sizeof room);

        text_shown(&text, bytes + at, length > 0 ? length : 1, sizeof room);
        if (text.used != length)
            return false;
        at += length;
    }
    return true;
}

/* A shell may be in another folder than the program. Adds nothing if that is not known, or if the
 * path can't be pasted or is too long. */
static void add_removal(struct text *command, const struct evidence *evidence)
{
    const struct endpoint *local = &evidence->attempt.socket.local;
    bool relative = local->path[0] != '/';
    const char *folder = relative ? evidence->folder : "";

    if (folder == NULL || !can_be_pasted(folder, strlen(folder)) ||
        !can_be_pasted(local->path, local->path_length))
        return;
    text_add(command, "rm -- '");
    add_quoted(command, folder, strlen(folder));
    if (relative && strcmp(folder, "/") != 0)
        text_char(command, '/');
    add_quoted(command, local->path, local->path_length);
    text_char(command, '\'');
    if (command->cut)
        *command = text_in(command->start, command->size);
}

static void word_stop(const struct patient *patient, struct text *text, struct text *command)
{
    const struct owner *owner = &patient->decisive->owner;

    if (is_service(patient->decisive)) {
        const char *cgroup = patient->decisive->cgroup;
        bool of_user = cgroup != NULL && strstr(cgroup, "/user@") != NULL;

        text_add(text, "stop the unit that has it");
        text_join(command, "systemctl ", of_user ? "--user " : "", "stop ",
                  patient->decisive->unit, NULL);
        return;
    }
    text_add(text, owner->stopped ? "end the stopped process that has it"
                                  : "end the process that has it");
    text_add(command, "kill ");
    text_number(command, owner->pid);
    if (owner->stopped) {
        text_add(command, " && kill -CONT ");
        text_number(command, owner->pid);
    }
}

static void word_stop_all(const struct patient *patient, struct text *text, struct text *command)
{
    const struct owner *owner = &patient->decisive->owner;

    (void)command;
    text_add(text, "end every process that has it: pid ");
    text_number(text, owner->pid);
    text_add(text, owner->others_complete ? " and " : " and at least ");
    text_unsigned(text, owner->others);
    text_add(text, " more");
}

static void word_fix(const struct patient *patient, struct text *text, struct text *command)
{
    (void)command;
    text_add(text, "in this program: close fd ");
    text_number(text, patient->decisive->owner.fd);
    text_add(text, patient->decisive->owner.others > 0
                       ? " first, in each process that has it, or bind the address only once"
                       : " first, or bind the address only once");
}

static void word_wait(const struct patient *patient, struct text *text, struct text *command)
{
    text_add(text, "wait: it ends by itself in ");
    add_seconds(text, patient->verdict->frees_in_ms);
    if (patient->verdict->frees_sooner)
        text_add(text, " at most");
    add_wait_policy(command, patient);
}

static void word_free(const struct patient *patient, struct text *text, struct text *command)
{
    text_add(text, "free it now");
    text_add(command, "reuseshim free ");
    add_where(command, patient);
}

static void word_force(const struct patient *patient, struct text *text, struct text *command)
{
    (void)patient;
    text_add(text, "set SO_REUSEADDR before bind; the other side has it");
    text_add(command, "export REUSESHIM_POLICY=force");
}

static void word_force_multicast(const struct patient *patient, struct text *text,
                                 struct text *command)
{
    text_add(text, would(patient, IF_NEWCOMER_REUSEADDR)
                       ? "set SO_REUSEADDR: the other receiver has it, and each gets every datagram"
                       : "run both receivers with SO_REUSEADDR: each gets every datagram");
    text_add(command, "export REUSESHIM_POLICY=udp=force");
}

static void word_force_both(const struct patient *patient, struct text *text, struct text *command)
{
    (void)patient;
    (void)command;
    text_add(text, "SO_REUSEADDR on this run alone does not help now, but under the policy force its "
                   "own restart will be fine");
}

static void word_next_time(const struct patient *patient, struct text *text, struct text *command)
{
    (void)patient;
    (void)command;
    text_add(text, "from the next restart on this cannot happen: this run has the option");
}

static void word_v6only(const struct patient *patient, struct text *text, struct text *command)
{
    (void)patient;
    text_add(text, "leave IPv4 to the other socket: IPv6 only");
    text_add(command, "export REUSESHIM_POLICY=tcp6=v6only");
}

static void word_share(const struct patient *patient, struct text *text, struct text *command)
{
    text_add(text, "share the port: the other side has SO_REUSEPORT; the traffic is then divided");
    text_join(command, "export REUSESHIM_POLICY=",
              patient->attempt->socket.protocol == PROTOCOL_TCP ? "share" : "udp=share", NULL);
}

static void word_share_both(const struct patient *patient, struct text *text,
                            struct text *command)
{
    text_add(text, "share the port: run both sides with SO_REUSEPORT, as one user; the traffic is "
                   "then divided");
    text_join(command, "export REUSESHIM_POLICY=",
              patient->attempt->socket.protocol == PROTOCOL_TCP ? "share" : "udp=share", NULL);
}

static void word_reserve(const struct patient *patient, struct text *text, struct text *command)
{
    text_add(text, "keep outgoing connections off this port from now on");
    text_add(command, "sysctl -w net.ipv4.ip_local_reserved_ports=\"$(echo $(cat "
                      "/proc/sys/net/ipv4/ip_local_reserved_ports) ");
    text_unsigned(command, patient->attempt->socket.local.port);
    text_add(command, " | tr ' ' ,)\"");
}

static void word_unlink(const struct patient *patient, struct text *text, struct text *command)
{
    text_add(text, "remove the file that was left over");
    add_removal(command, patient->evidence);
}

static void word_unlink_always(const struct patient *patient, struct text *text,
                               struct text *command)
{
    (void)patient;
    text_add(text, "have it removed at each start, if nobody is bound to it");
    text_add(command, "export REUSESHIM_POLICY=unix=unlink");
}

static void word_retry(const struct patient *patient, struct text *text, struct text *command)
{
    (void)patient;
    (void)command;
    text_add(text, "start it again: what held the address has gone in the meantime");
}

static void word_widen(const struct patient *patient, struct text *text, struct text *command)
{
    (void)patient;
    text_add(text, "widen the range of automatic ports");
    text_add(command, "sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"");
}

static const struct {
    const char *id;
    enum risk risk;
    bool (*applies)(const struct patient *patient);
    void (*word)(const struct patient *patient, struct text *text, struct text *command);
} cures[] = {
    {"force", RISK_SAFE, applies_force, word_force},
    {"force-multicast", RISK_SAFE, applies_force_multicast, word_force_multicast},
    {"wait", RISK_SAFE, applies_wait, word_wait},
    {"free", RISK_ROOT, applies_free, word_free},
    {"stop", RISK_DISRUPTS, applies_stop, word_stop},
    {"stop-all", RISK_DISRUPTS, applies_stop_all, word_stop_all},
    {"fix-program", RISK_NONE, applies_fix, word_fix},
    {"v6only", RISK_SAFE, applies_v6only, word_v6only},
    {"share", RISK_DISRUPTS, applies_share, word_share},
    {"share", RISK_DISRUPTS, applies_share_both, word_share_both},
    {"reserve", RISK_ROOT, applies_reserve, word_reserve},
    {"unlink", RISK_SAFE, applies_unlink, word_unlink},
    {"unlink-always", RISK_SAFE, applies_unlink, word_unlink_always},
    {"retry", RISK_SAFE, applies_retry, word_retry},
    {"widen", RISK_ROOT, applies_widen, word_widen},
    {"force-from-now-on", RISK_NONE, applies_force_both, word_force_both},
    {"next-time", RISK_NONE, applies_next_time, word_next_time},
};

void cures_find(const struct evidence *evidence, struct verdict *verdict)
{
    struct patient patient = {
        evidence, verdict, &evidence->attempt,
        verdict->decisive < evidence->holder_count ? &evidence->holders[verdict->decisive] : NULL};
    size_t i;

    verdict->cure_count = 0;
    for (i = 0; i < sizeof cures / sizeof *cures && verdict->cure_count < CURES_MAX; i++) {
        struct cure *cure = &verdict->cures[verdict->cure_count];
        struct text text = text_in(cure->text, sizeof cure->text);
        struct text command = text_in(cure->command, sizeof cure->command);

        if (!cures[i].applies(&patient))
            continue;
        cures[i].word(&patient, &text, &command);
        if (text.cut || command.cut)
            continue; /* half a command must not be pasted */
        cure->id = cures[i].id;
        cure->risk = cures[i].risk;
        verdict->cure_count++;
    }
}

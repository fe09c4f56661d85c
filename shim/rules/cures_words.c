/* What a cure says, and the command to paste. */
#include "rules/cures_parts.h"

#include <string.h>

enum { WAIT_MARGIN_MS = 5000, WAIT_STEP_MS = 10000 };

/* The address that was asked for and no more: on another one somebody may live. In quotes where a
 * shell would take brackets for a pattern. */
static void add_where(struct text *text, const struct patient *patient)
{
    const struct party *want = &patient->attempt->socket;
    bool all = endpoint_is_wildcard(&want->local);
    const char *quote = !all && want->local.family == FAMILY_INET6 ? "'" : "";

    text_add(text, quote);
    if (all || want->protocol != PROTOCOL_TCP)
        text_join(text, protocol_name(want->protocol), ":", NULL);
    if (all)
        text_unsigned(text, want->local.port);
    else
        endpoint_print(text, &want->local);
    text_add(text, quote);
}

static void add_seconds(struct text *text, int64_t ms)
{
    text_number(text, (ms + 999) / 1000);
    text_add(text, " s");
}

/* The whole of TIME_WAIT may pass, and a little more: rounded up to a step. */
void cure_add_wait(struct text *text, int64_t ms)
{
    ms += WAIT_MARGIN_MS;
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
static void add_with_path(struct text *command, const char *verb, const struct evidence *evidence)
{
    const struct endpoint *local = &evidence->attempt.socket.local;
    bool relative = local->path[0] != '/';
    const char *folder = relative ? evidence->folder : "";

    if (folder == NULL || !can_be_pasted(folder, strlen(folder)) ||
        !can_be_pasted(local->path, local->path_length))
        return;
    text_add(command, verb);
    add_quoted(command, folder, strlen(folder));
    if (relative && strcmp(folder, "/") != 0)
        text_char(command, '/');
    add_quoted(command, local->path, local->path_length);
    text_char(command, '\'');
    if (command->cut)
        *command = text_in(command->start, command->size);
}

void cure_word_look(const struct patient *patient, struct text *text, struct text *command)
{
    text_add(text, "see whose it is");
    if (patient->attempt->socket.protocol == PROTOCOL_UNIX) {
        add_with_path(command, "reuseshim why '", patient->evidence);
        return;
    }
    text_add(command, "reuseshim why ");
    add_where(command, patient);
}

/* "fd 4", or "fd 4 of pid 7". False if it has no descriptor of its own, as a connection that nobody
 * has accepted. */
static bool add_own(struct text *text, const struct owner *owner, bool first)
{
    if (owner->fd < 0)
        return false;
    text_add(text, first ? "fd " : " and fd ");
    text_number(text, owner->fd);
    if (owner->relation != RELATION_SELF) {
        text_add(text, " of pid ");
        text_number(text, owner->pid);
    }
    return true;
}

void cure_word_fix(const struct patient *patient, struct text *text, struct text *command)
{
    enum { NAMED_MAX = 4 };
    const struct evidence *evidence = patient->evidence;
    size_t i, named = 0, left = 0;
    bool shared = false;

    (void)command;
    text_add(text, "in this program: close ");
    for (i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (!holder_refuses(holder))
            continue;
        shared = shared || holder->owner.others > 0;
        if (named == NAMED_MAX)
            left += holder->owner.fd >= 0;
        else
            named += add_own(text, &holder->owner, named == 0);
    }
    if (left > 0)
        text_format(text, " and %d more", (int)left);
    text_add(text, shared ? " first, in each process that has it, or bind the address only once"
                          : " first, or bind the address only once");
}

void cure_word_wait(const struct patient *patient, struct text *text, struct text *command)
{
    int64_t waits_ms = patient->attempt->waits_ms;

    /* For long enough, as far as that is known? */
    if (waits_ms > 0 && waits_ms >= patient->verdict->frees_in_ms) {
        text_add(text, "wait: the policy tries it again for ");
        add_seconds(text, waits_ms);
        return;
    }
    text_add(text, "wait: it ends by itself in ");
    add_seconds(text, patient->verdict->frees_in_ms);
    if (patient->verdict->frees_sooner)
        text_add(text, " at most");
    cure_add_wait(command, patient->verdict->frees_in_ms);
}

void cure_word_free(const struct patient *patient, struct text *text, struct text *command)
{
    text_add(text, "free it now");
    text_add(command, "reuseshim free ");
    add_where(command, patient);
}

void cure_word_look_outside(const struct patient *patient, struct text *text,
                            struct text *command)
{
    text_add(text, "see who has it, from a shell without this filter");
    text_add(command, "reuseshim why ");
    add_where(command, patient);
}

void cure_word_force(const struct patient *patient, struct text *text, struct text *command)
{
    (void)patient;
    text_add(text, "set SO_REUSEADDR before bind; the other side has it");
    text_add(command, "export REUSESHIM_POLICY=force");
}

void cure_word_force_multicast(const struct patient *patient, struct text *text,
                               struct text *command)
{
    text_add(text, cure_would(patient, IF_NEWCOMER_REUSEADDR)
                       ? "set SO_REUSEADDR: the other receiver has it, and each gets every datagram"
                       : "run both receivers with SO_REUSEADDR: each gets every datagram");
    text_add(command, "export REUSESHIM_POLICY=udp=force");
}

void cure_word_force_both(const struct patient *patient, struct text *text, struct text *command)
{
    (void)patient;
    (void)command;
    text_add(text, "SO_REUSEADDR on one side alone does not help now; once started under policy "
                   "force, its restarts will be fine");
}

void cure_word_next_time(const struct patient *patient, struct text *text, struct text *command)
{
    (void)patient;
    (void)command;
    text_add(text, "this run has the option: once it has started, its own restarts cannot meet "
                   "this");
}

static void add_v6only_policy(struct text *command, const struct patient *patient)
{
    text_join(command, "export REUSESHIM_POLICY=",
              protocol_name(patient->attempt->socket.protocol), "6=v6only", NULL);
}

void cure_word_v6only(const struct patient *patient, struct text *text, struct text *command)
{
    text_add(text, "leave IPv4 to the other socket: IPv6 only");
    add_v6only_policy(command, patient);
}

void cure_word_v6only_other(const struct patient *patient, struct text *text, struct text *command)
{
    text_add(text, "run the other one with IPv6 only: it leaves IPv4 to this one");
    add_v6only_policy(command, patient);
}

void cure_word_another_address(const struct patient *patient, struct text *text,
                               struct text *command)
{
    (void)command;
    text_add(text, "bind one address of this machine instead of all: on this port only ");
    endpoint_print_address(text, &patient->decisive->socket.local);
    text_add(text, " is held");
}

static void add_share(const struct patient *patient, struct text *text, struct text *command,
                      const char *what)
{
    text_join(text, "share the port: ", what, "; the traffic is then divided", NULL);
    text_join(command, "export REUSESHIM_POLICY=",
              patient->attempt->socket.protocol == PROTOCOL_TCP ? "share" : "udp=share", NULL);
}

void cure_word_share(const struct patient *patient, struct text *text, struct text *command)
{
    add_share(patient, text, command, "the other side has SO_REUSEPORT");
}

void cure_word_share_both(const struct patient *patient, struct text *text, struct text *command)
{
    add_share(patient, text, command, "run both sides with SO_REUSEPORT, as one user");
}

void cure_word_reserve(const struct patient *patient, struct text *text, struct text *command)
{
    text_add(text, "keep outgoing connections off this port from now on");
    text_add(command, "sysctl -w net.ipv4.ip_local_reserved_ports=\"$(echo $(cat "
                      "/proc/sys/net/ipv4/ip_local_reserved_ports) ");
    text_unsigned(command, patient->attempt->socket.local.port);
    text_add(command, " | tr ' ' ,)\"");
}

void cure_word_unlink(const struct patient *patient, struct text *text, struct text *command)
{
    text_add(text, "remove the file that was left over");
    add_with_path(command, "rm -- '", patient->evidence);
}

void cure_word_unlink_always(const struct patient *patient, struct text *text, struct text *command)
{
    (void)patient;
    text_add(text, "have it removed at each start, if nobody is bound to it");
    text_add(command, "export REUSESHIM_POLICY=unix=unlink");
}

void cure_word_retry(const struct patient *patient, struct text *text, struct text *command)
{
    (void)patient;
    (void)command;
    text_add(text, "start it again: what held the address has gone in the meantime");
}

void cure_word_widen(const struct patient *patient, struct text *text, struct text *command)
{
    (void)patient;
    text_add(text, "widen the range of automatic ports");
    text_add(command, "sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"");
}

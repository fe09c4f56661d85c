/* The parts of the commands that cures give, for a shell. */
#include "rules/cures_parts.h"

#include <string.h>

#include "rules/program.h"
#include "rules/supervisor.h"

void add_sudo(const struct failure *failure, struct text *command, bool root)
{
    text_add(command, root && failure->attempt->caller.uid != 0 ? "sudo " : "");
}

/* The unit that the caller is a service of; NULL if it is none. */
static const char *own_unit(const struct failure *failure)
{
    const char *unit = failure->attempt->caller.unit;

    return supervisor_stops_unit(unit) ? unit : NULL;
}

static bool is_of_user_manager(const struct failure *failure)
{
    const char *cgroup = failure->attempt->caller.cgroup;

    return cgroup != NULL && strstr(cgroup, "/user@") != NULL;
}

/* Adds "TOOL VERB", as root or for the user's own manager. */
static void add_tool(const struct failure *failure, struct text *command, const char *tool,
                     const char *verb)
{
    bool of_user = is_of_user_manager(failure);

    add_sudo(failure, command, !of_user);
    text_join(command, tool, of_user ? " --user " : " ", verb, NULL);
}

static void add_own_unit(const struct failure *failure, struct text *command)
{
    program_add_word(command, own_unit(failure), strlen(own_unit(failure)));
}

static void add_restart(const struct failure *failure, struct text *command)
{
    add_tool(failure, command, "systemctl", "restart ");
    add_own_unit(failure, command);
}

/* Whoever pastes the command is more likely where the caller's parent is, a shell, than where the
 * caller went. */
static void add_cd(const struct failure *failure, struct text *command)
{
    const char *folder = failure->attempt->caller.folder;

    if (folder == NULL)
        return;
    text_add(command, "cd ");
    program_add_word(command, folder, strlen(folder));
    text_add(command, " && ");
}

void add_start(const struct failure *failure, struct text *command)
{
    if (failure->attempt->caller.command == NULL)
        return;
    add_cd(failure, command);
    text_add(command, failure->attempt->caller.command);
}

void add_then_start(const struct failure *failure, struct text *command)
{
    if (own_unit(failure) != NULL) {
        text_add(command, " && ");
        add_restart(failure, command);
    } else if (failure->attempt->caller.command != NULL) {
        text_add(command, " && ");
        add_start(failure, command);
    }
}

const char *run_words(const struct failure *failure)
{
    return failure->attempt->caller.supervised ? "reuseshim run --supervise -p "
                                               : "reuseshim run -p ";
}

/* A manager reads what 'reuseshim systemd' writes only when it is told to. */
bool add_run(const struct failure *failure, struct text *command, const char *policy)
{
    if (own_unit(failure) != NULL && !failure->attempt->caller.supervised) {
        add_tool(failure, command, "reuseshim systemd", "");
        add_own_unit(failure, command);
        text_join(command, " -p ", policy, " && ", NULL);
        add_tool(failure, command, "systemctl", "daemon-reload && ");
        add_restart(failure, command);
        return true;
    }
    if (own_unit(failure) != NULL || failure->attempt->caller.command == NULL)
        return false;
    add_cd(failure, command);
    text_join(command, run_words(failure), policy, " -- ", failure->attempt->caller.command, NULL);
    return true;
}

void add_policy(const struct failure *failure, struct text *text, struct text *command,
                const char *what, const char *policy)
{
    text_add(text, what);
    if (!add_run(failure, command, policy))
        text_join(text, " (", run_words(failure), policy, " and the server's command)", NULL);
}

/* On another address than was asked for somebody may live. In quotes where a shell would take
 * brackets for a pattern. */
void add_where(struct text *text, const struct failure *failure)
{
    const struct party *want = &failure->attempt->socket;
    bool all = endpoint_is_wildcard(&want->local);
    const char *quote = !all && want->local.family == FAMILY_INET6 ? "'" : "";

    text_add(text, quote);
    if (want->protocol != PROTOCOL_TCP)
        text_join(text, protocol_name(want->protocol), ":", NULL);
    if (all)
        text_unsigned(text, want->local.port);
    else
        endpoint_print(text, &want->local);
    text_add(text, quote);
}

void add_process(struct text *text, const struct owner *owner)
{
    text_format(text, "%-32s[%d]", owner->comm != NULL ? owner->comm : "pid", owner->pid);
}

void add_wait(const struct failure *failure, struct text *command)
{
    text_add(command, "reuseshim wait ");
    add_where(command, failure);
    add_then_start(failure, command);
}

/* Part of a word of a POSIX shell, between quotes. */
static void add_quoted(struct text *text, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
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

void add_with_path(struct text *command, const char *verb, const struct evidence *evidence)
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

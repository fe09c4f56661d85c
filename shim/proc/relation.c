/* How two processes are related beyond one step, and what both may have been told. */
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/environment.h"
#include "proc/identity.h"
#include "rules/program.h"

enum { STEPS_MAX = 64, ARGS_SIZE = 4096 };

/* How many steps above PID the process WANTED is; 0 = not among its ancestors. */
static int steps_to(struct known *known, int32_t pid, int32_t wanted)
{
    for (int step = 1; step <= STEPS_MAX && pid > 1; step++) {
        pid = known_parent(known, pid);
        if (pid == wanted)
            return step;
    }
    return 0;
}

/* What launchers of many give each of their children: a rank, or a channel of its own (node's
 * child_process.fork and cluster). */
static bool has_rank(int proc, int32_t pid, const char *variable, struct scratch *scratch)
{
    struct environment environment = environment_read(proc, pid, scratch);
    bool has = environment_value(&environment, variable) != NULL;

    environment_leave(&environment, scratch);
    return has;
}

static bool are_ranks(int proc, int32_t one, int32_t other)
{
    static const char variables[][21] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK",
                                         "SLURM_PROCID", "LOCAL_RANK", "NODE_CHANNEL_FD"};

    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (has_rank(proc, one, variables[i], NULL) && has_rank(proc, other, variables[i], NULL))
            return true;
    return false;
}

static bool are_forks(const struct procstat *one, const struct procstat *other)
{
    return one->code > 1 && one->code == other->code && one->stack == other->stack;
}

enum relation identity_relation(struct known *known, int32_t viewer, int32_t pid)
{
    struct procstat one, other;
    int up = steps_to(known, viewer, pid), down = up > 0 ? 0 : steps_to(known, pid, viewer);

    if (up > 0)
        return up == 1 ? RELATION_PARENT : RELATION_ANCESTOR;
    if (down > 0)
        return down == 1 ? RELATION_CHILD : RELATION_DESCENDANT;
    if (known_stat(known, viewer, &one) != 0 || known_stat(known, pid, &other) != 0 ||
        one.parent != other.parent || one.parent <= 1)
        return RELATION_UNKNOWN;
    return are_forks(&one, &other) || are_ranks(known->proc, viewer, pid) ? RELATION_SIBLING
                                                                   : RELATION_UNKNOWN;
}

/* Does TEXT hold NUMBER, with no further digit beside it? */
static bool holds(const char *text, const char *number, size_t length)
{
    for (const char *at = strstr(text, number); at != NULL; at = strstr(at + 1, number)) {
        char before = at == text ? ' ' : at[-1], behind = at[length];

        if ((before < '0' || before > '9') && (behind < '0' || behind > '9'))
            return true;
    }
    return false;
}

/* Variables that hold numbers of other things: of a session, of a terminal, of ourselves. */
static bool is_of_others(const char *variable)
{
    static const char starts[][12] = {"SSH_", "REUSESHIM_", "LS_COLORS=", "PWD=", "OLDPWD=", "_=",
                                      "XDG_", "DBUS_", "TERM", "COLUMNS=", "LINES=", "WINDOWID=",
                                      "SHLVL=", "GPG_", "INVOCATION_", "JOURNAL_", "LD_PRELOAD="};

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (text_begins_with(variable, starts[i]))
            return true;
    return false;
}

static const char *in_arguments(int proc, const char *number, size_t length,
                                struct scratch *scratch)
{
    struct loan loan = scratch_borrow(scratch, ARGS_SIZE);
    const char *args = loan.memory, *at = NULL, *before = NULL, *found = NULL;
    long size = args == NULL ? 0 : sys_read_file(proc, "self/cmdline", loan.memory, ARGS_SIZE);
    char shown[IDENTITY_PROGRAM_MAX];
    struct text text = text_in(shown, sizeof shown);

    for (at = size <= 0 ? NULL : program_next(args, (size_t)size, NULL);
         at != NULL && found == NULL; before = at, at = program_next(args, (size_t)size, at)) {
        bool alone = strcmp(at, number) == 0 && before != NULL && before[0] == '-';
        const char *start = alone ? before : at;

        if (at == args || !holds(at, number, length) || !program_add_args(&text, start,
                strlen(start) + 1 + (alone ? strlen(at) + 1 : 0)) || text.cut) {
            text = text_in(shown, sizeof shown);
            continue;
        }
        found = scratch_copy(scratch, shown, text.used);
    }
    scratch_repay(scratch, &loan);
    return found;
}

static const char *in_environment(int proc, const char *number, size_t length,
                                  struct scratch *scratch)
{
    struct environment environment = environment_read(proc, 0, scratch);
    const char *variables = environment.loan.memory, *at = NULL, *found = NULL;

    while (environment.length > 0 && found == NULL &&
           (at = program_next(variables, environment.length, at)) != NULL) {
        const char *equal = strchr(at, '=');

        if (equal != NULL && !is_of_others(at) && holds(equal + 1, number, length))
            found = scratch_copy(scratch, at, (size_t)(equal - at));
    }
    environment_leave(&environment, scratch);
    return found;
}

const char *identity_port_in(int proc, uint16_t port, struct scratch *scratch)
{
    char number[8];
    struct text text = text_in(number, sizeof number);
    const char *found;

    text_unsigned(&text, port);
    found = in_arguments(proc, number, text.used, scratch);
    if (found == NULL)
        found = in_environment(proc, number, text.used, scratch);
    return found;
}

/* What the variables mean, for people who ask the command: the library never says it. */
#include "rules/settings.h"

#include <assert.h>

static const char *const meanings[] = {
    [VARIABLE_POLICY] = "What is done for which sockets.",
    [VARIABLE_LOG] = "Where messages go: stderr, syslog, journal, fd:N, or a file (%p = pid).",
    [VARIABLE_FORMAT] = "How messages look: text or json.",
    [VARIABLE_ONLY] = "Comma list of globs: only programs of these names are touched.",
    [VARIABLE_HISTORY] = "The folder where binds are remembered across processes, or off.",
    [VARIABLE_HELPER] = ("Whether a process may be made to look under seccomp filters: auto, off, "
                         "or under how many that was tried."),
    [VARIABLE_VERBOSE] = "1: stacks and options of both sides in every explanation.",
    [VARIABLE_NO_COLOR] = "Any value: no colour, whatever FORCE_COLOR says.",
    [VARIABLE_FORCE_COLOR] = "Any value but 0: colour even where no terminal is.",
};
static_assert(sizeof meanings / sizeof *meanings == VARIABLE_COUNT, "one sentence each");

const char *variable_meaning(enum variable variable)
{
    return meanings[variable];
}

#include "rules/evidence.h"

#include <assert.h>

static const char call_names[][11] = {
    [CALL_SOCKET] = "socket",
    [CALL_SETSOCKOPT] = "setsockopt",
    [CALL_BIND] = "bind",
    [CALL_LISTEN] = "listen",
};
static_assert(sizeof call_names / sizeof *call_names == CALL_COUNT, "one name each");

static const char relation_names[][13] = {
    [RELATION_UNKNOWN] = "",           [RELATION_SELF] = "self",
    [RELATION_PARENT] = "parent",      [RELATION_CHILD] = "child",
    [RELATION_ANCESTOR] = "ancestor",  [RELATION_DESCENDANT] = "descendant",
    [RELATION_SIBLING] = "sibling",
    [RELATION_SAME_PROGRAM] = "same-program", [RELATION_OTHER] = "other",
    [RELATION_KERNEL] = "kernel",      [RELATION_NONE] = "none",
    [RELATION_UNSEEN] = "unseen",
};
static_assert(sizeof relation_names / sizeof *relation_names == RELATION_COUNT, "one name each");

static const char visibility_names[][24] = {
    [VISIBILITY_FULL] = "full",
    [VISIBILITY_HELPER_KILLED] = "helper-killed",
    [VISIBILITY_SECCOMP] = "seccomp",
    [VISIBILITY_NO_NETLINK] = "no-netlink",
    [VISIBILITY_HIDEPID] = "hidepid",
    [VISIBILITY_UNPRIVILEGED] = "unprivileged",
    [VISIBILITY_OTHER_PID_NAMESPACE] = "other-pid-namespace",
    [VISIBILITY_NO_PROC] = "no-proc",
    [VISIBILITY_OTHER_NETWORK_NAMESPACE] = "other-network-namespace",
    [VISIBILITY_BUDGET] = "budget",
};
static_assert(sizeof visibility_names / sizeof *visibility_names == VISIBILITY_COUNT,
              "one name each");

const char *call_name(enum call call)
{
    return call_names[call];
}

const char *relation_name(enum relation relation)
{
    return relation == RELATION_UNKNOWN ? NULL : relation_names[relation];
}

const char *visibility_name(enum visibility visibility)
{
    return visibility_names[visibility];
}

bool holder_refuses(const struct holder *holder)
{
    return holder->conflict.refused != ANSWER_NO;
}

static enum answer of_each(enum answer option, bool some_lack)
{
    return some_lack ? ANSWER_UNKNOWN : option;
}

struct options holder_options(const struct holder *holder)
{
    struct options options = holder->socket.options;

    options.reuseaddr = of_each(options.reuseaddr, holder->some_lack.reuseaddr);
    options.reuseport = of_each(options.reuseport, holder->some_lack.reuseport);
    options.v6only = of_each(options.v6only, holder->some_lack.v6only);
    return options;
}

bool range_has(const struct range *range, uint16_t port)
{
    return range->first != 0 && port >= range->first && port <= range->last;
}

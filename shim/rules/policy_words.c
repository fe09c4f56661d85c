#include <assert.h>

#include "rules/policy_words.h"

#define ACTION(action) (1u << ACTION_##action)
#define FAMILY(family) (1u << FAMILY_##family)
#define EVERY_FAMILY (~0u)

static const struct action_words actions[] = {
    [ACTION_OFF] = {"off", ~ACTION(OFF), EVERY_FAMILY},
    [ACTION_EXPLAIN] = {"explain", ACTION(OFF), EVERY_FAMILY},
    [ACTION_LOG] = {"log", ACTION(OFF), EVERY_FAMILY},
    [ACTION_FORCE] = {"force", ACTION(OFF) | ACTION(CLEAR), EVERY_FAMILY},
    [ACTION_CLEAR] = {"clear", ACTION(OFF) | ACTION(FORCE), EVERY_FAMILY},
    [ACTION_SHARE] = {"share", ACTION(OFF), EVERY_FAMILY},
    [ACTION_V6ONLY] = {"v6only", ACTION(OFF), FAMILY(INET6)},
    [ACTION_WAIT] = {"wait", ACTION(OFF), EVERY_FAMILY},
    [ACTION_UNLINK] = {"unlink", ACTION(OFF), FAMILY(UNIX)},
};
static_assert(sizeof actions / sizeof actions[0] == ACTION_COUNT, "every action has its words");

static const struct selector_words selectors[] = {
    [SELECT_ANY] = {"any", PROTOCOL_NONE, EVERY_FAMILY},
    [SELECT_TCP] = {"tcp", PROTOCOL_TCP, FAMILY(INET) | FAMILY(INET6)},
    [SELECT_TCP4] = {"tcp4", PROTOCOL_TCP, FAMILY(INET)},
    [SELECT_TCP6] = {"tcp6", PROTOCOL_TCP, FAMILY(INET6)},
    [SELECT_UDP] = {"udp", PROTOCOL_UDP, FAMILY(INET) | FAMILY(INET6)},
    [SELECT_UDP4] = {"udp4", PROTOCOL_UDP, FAMILY(INET)},
    [SELECT_UDP6] = {"udp6", PROTOCOL_UDP, FAMILY(INET6)},
    [SELECT_UNIX] = {"unix", PROTOCOL_UNIX, FAMILY(UNIX)},
};
static_assert(sizeof selectors / sizeof selectors[0] == SELECT_COUNT,
              "every protocol of a selector has its words");

const struct action_words *policy_action_words(enum action action)
{
    return &actions[action];
}

/* No pointers in the table: each takes the loader a relocation. */
const char *policy_only_for(const struct action_words *words)
{
    return words->families == FAMILY(UNIX)
               ? "UNIX sockets (any or unix, no port)"
               : "IPv6 sockets (any, tcp, tcp6, udp or udp6, no IPv4 address)";
}

const struct selector_words *policy_selector_words(enum selector_protocol protocol)
{
    return &selectors[protocol];
}

const char *action_name(enum action action)
{
    return actions[action].name;
}

/* A table of its own: only the command needs it, and it stays out of the library. */
const char *action_meaning(enum action action)
{
    static const char *const meanings[] = {
        [ACTION_OFF] = "Calls go straight through and nothing is recorded.",
        [ACTION_EXPLAIN] =
            "Changes nothing; speaks only when a call fails with EADDRINUSE or an option is "
            "misused.",
        [ACTION_LOG] = "As explain, and one record for each socket, setsockopt, bind and listen.",
        [ACTION_FORCE] =
            "SO_REUSEADDR is 1 before bind and before listen, and stays 1 if the program "
            "clears it.",
        [ACTION_CLEAR] =
            "SO_REUSEADDR is kept 0: to reproduce a restart failure, or to keep a port from "
            "being shared.",
        [ACTION_SHARE] = "SO_REUSEPORT is 1 as well: two live servers may share the port.",
        [ACTION_V6ONLY] = "IPV6_V6ONLY is 1 before an IPv6 wildcard bind.",
        [ACTION_WAIT] =
            "A bind or listen that fails with EADDRINUSE is tried again until it works or the"
            " time has gone by.",
        [ACTION_UNLINK] =
            "A stale UNIX socket file, which nobody is bound to, is removed and bind tried "
            "again.",
    };
    static_assert(sizeof meanings / sizeof *meanings == ACTION_COUNT, "each action is explained");

    return meanings[action];
}

const char *selector_protocol_name(enum selector_protocol protocol)
{
    return selectors[protocol].name;
}

enum action policy_find_action(struct word word)
{
    unsigned int i = 0;

    while (i < ACTION_COUNT && !word_is(word, actions[i].name))
        i++;
    return (enum action)i;
}

enum selector_protocol policy_find_selector(struct word word)
{
    unsigned int i = 0;

    while (i < SELECT_COUNT && !word_is(word, selectors[i].name))
        i++;
    return (enum selector_protocol)i;
}

uint32_t policy_rule_families(const struct policy_rule *rule)
{
    uint32_t families = selectors[rule->protocol].families;

    if (rule->has_address)
        families &= 1u << rule->address.family;
    if (rule->range_count > 0)
        families &= FAMILY(INET) | FAMILY(INET6);
    return families;
}

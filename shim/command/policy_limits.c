/* The library decides for a socket that exists (hook/apply.c); this says beforehand, for all
 * sockets that a rule can mean, how that will go. tests/command/policy.bats compares the two. */
#include "command/policy_limits.h"

#include "rules/policy_words.h"

#define FAMILY_BIT(family) (1u << FAMILY_##family)

static bool means_ip(const struct policy_rule *rule)
{
    return (policy_rule_families(rule) & (FAMILY_BIT(INET) | FAMILY_BIT(INET6))) != 0;
}

static bool means_only_tcp(const struct policy_rule *rule)
{
    return policy_selector_words((enum selector_protocol)rule->protocol)->protocol == PROTOCOL_TCP;
}

/* The IPv6 wildcard, ::, is among the addresses of a prefix only where that is of zeros. */
static bool means_wildcard6(const struct policy_rule *rule)
{
    return !rule->has_address ||
           (endpoint_is_wildcard(&rule->address) && !endpoint_is_mapped(&rule->address));
}

static bool means_socket_files(const struct policy_rule *rule)
{
    return !rule->has_address || rule->address.path[0] != '@';
}

bool policy_has_effect(const struct policy_rule *rule, enum action action)
{
    switch (action) {
    case ACTION_FORCE:
    case ACTION_CLEAR:
    case ACTION_SHARE: return means_ip(rule);
    case ACTION_V6ONLY: return means_wildcard6(rule);
    case ACTION_UNLINK: return means_socket_files(rule);
    default: return true;
    }
}

/* Of force, clear and share. */
static const char *limit_of_options(const struct policy_rule *rule)
{
    bool any_port = rule->range_count == 0; /* a rule can't name port 0 */

    if (!means_ip(rule))
        return "No effect: the option means nothing to UNIX sockets, and they are left alone.";
    if (policy_rule_names_udp(rule) || means_only_tcp(rule))
        return any_port ? "Left alone: port 0, where the kernel picks a free port." : NULL;
    if (any_port && !rule->has_address)
        return "TCP only. Left alone: port 0, UNIX sockets, and UDP, for which a rule must name "
               "udp.";
    return any_port ? "TCP only. Left alone: port 0, and UDP, for which a rule must name udp."
                    : "TCP only. Left alone: UDP, for which a rule must name udp.";
}

const char *policy_limit(const struct policy_rule *rule, enum action action)
{
    switch (action) {
    case ACTION_FORCE:
    case ACTION_CLEAR:
    case ACTION_SHARE: return limit_of_options(rule);
    case ACTION_LOG:
        return rule->has_address || rule->range_count > 0
                   ? "Here of bind and listen only: records of socket and setsockopt take a rule "
                     "without address and ports."
                   : NULL;
    case ACTION_V6ONLY:
        return means_wildcard6(rule) ? NULL : "No effect: the rule's address is not the wildcard.";
    case ACTION_UNLINK:
        return means_socket_files(rule) ? NULL : "No effect: an abstract name is no file.";
    default: return NULL;
    }
}

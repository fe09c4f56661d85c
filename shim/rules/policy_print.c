#include "rules/policy.h"

static void print_address(struct text *text, const struct policy_rule *rule)
{
    bool is_inet6 = rule->address.family == FAMILY_INET6;

    text_char(text, '@');
    if (rule->address.family == FAMILY_UNIX) {
        text_bytes(text, rule->address.path, rule->address.path_length);
        return;
    }
    text_add(text, is_inet6 ? "[" : "");
    endpoint_print_address(text, &rule->address);
    if (rule->prefix < (is_inet6 ? 128 : 32))
        text_format(text, "/%u", rule->prefix);
    text_add(text, is_inet6 ? "]" : "");
}

static void print_ports(struct text *text, const struct policy_rule *rule)
{
    for (size_t i = 0; i < rule->range_count; i++) {
        text_format(text, "%c%u", i == 0 ? ':' : ',', rule->ranges[i].first);
        if (rule->ranges[i].last != rule->ranges[i].first)
            text_format(text, "-%u", rule->ranges[i].last);
    }
}

/* In the largest unit that says it exactly. */
static void print_time(struct text *text, uint32_t time_ms)
{
    if (time_ms % (60 * 1000) == 0)
        text_format(text, "%um", time_ms / (60 * 1000));
    else if (time_ms % 1000 == 0)
        text_format(text, "%us", time_ms / 1000);
    else
        text_format(text, "%ums", time_ms);
}

void policy_print_rule(struct text *text, const struct policy_rule *rule)
{
    const char *before = "";

    if (rule->protocol != SELECT_ANY || rule->has_address || rule->range_count > 0) {
        text_add(text, selector_protocol_name((enum selector_protocol)rule->protocol));
        if (rule->has_address)
            print_address(text, rule);
        print_ports(text, rule);
        text_char(text, '=');
    }
    for (unsigned int i = 0; i < ACTION_COUNT; i++) {
        if (!policy_rule_has(rule, (enum action)i))
            continue;
        text_join(text, before, action_name((enum action)i), NULL);
        before = "+";
        if (i == ACTION_WAIT) {
            text_char(text, ':');
            print_time(text, rule->wait_ms);
        }
    }
}

void policy_print(struct text *text, const struct policy *policy)
{
    if (policy->count == 0)
        text_add(text, action_name(ACTION_EXPLAIN));
    for (size_t i = 0; i < policy->count; i++) {
        text_add(text, i > 0 ? "; " : "");
        policy_print_rule(text, &policy->rules[i]);
    }
}

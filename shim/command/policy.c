/* reuseshim policy: parses a policy as the library does, and prints what it comes to. */
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/console.h"
#include "command/policy_limits.h"
#include "command/trouble.h"
#include "report/json_text.h"
#include "rules/policy.h"

enum { ACTION_COLUMN = 12, SENTENCES_SIZE = 512, JSON_SIZE = 64 * 1024 };

static const char *meaning_of(const struct policy_rule *rule, enum action action)
{
    return policy_has_effect(rule, action) ? action_meaning(action) : NULL;
}

static void print_action(const struct policy_rule *rule, enum action action)
{
    char buffer[SENTENCES_SIZE];
    struct text text = text_in(buffer, sizeof buffer);
    const char *meaning = meaning_of(rule, action), *limit = policy_limit(rule, action);

    text_join(&text, meaning != NULL ? meaning : limit,
              meaning != NULL && limit != NULL ? " " : NULL, limit, NULL);
    printf("   %-*s", ACTION_COLUMN - 3, action_name(action));
    arguments_fold(buffer, ACTION_COLUMN);
}

static void print_rule(size_t number, const struct policy_rule *rule)
{
    char buffer[POLICY_RULE_TEXT_MAX];
    struct text text = text_in(buffer, sizeof buffer);

    policy_print_rule(&text, rule);
    printf("%zu. %s\n", number, buffer);
    for (unsigned int i = 0; i < ACTION_COUNT; i++)
        if (policy_rule_has(rule, (enum action)i))
            print_action(rule, (enum action)i);
}

static bool matches_everything(const struct policy_rule *rule)
{
    return rule->protocol == SELECT_ANY && !rule->has_address && rule->range_count == 0;
}

static void print_last(enum action action)
{
    char buffer[SENTENCES_SIZE];
    struct text text = text_in(buffer, sizeof buffer);

    text_join(&text, "Every other socket: ", action_name(action), ". ", action_meaning(action),
              NULL);
    arguments_fold(buffer, 0);
}

/* What comes behind the rules: whether anything gets that far. */
static void print_rest(const struct policy *policy)
{
    size_t i;

    for (i = 0; i < policy->count && !matches_everything(&policy->rules[i]); i++)
        ;
    if (i == policy->count)
        print_last(ACTION_EXPLAIN);
    else if (i + 1 < policy->count)
        printf("Rule %zu matches every socket: the rules behind it never apply.\n", i + 1);
}

/* A sentence under the name of each action that has one. */
static void json_sentences(struct text *text, const char *key, const struct policy_rule *rule,
                           const char *(*sentence_of)(const struct policy_rule *, enum action))
{
    json_open(text, key, '{');
    for (unsigned int i = 0; i < ACTION_COUNT; i++)
        if (policy_rule_has(rule, (enum action)i) && sentence_of(rule, (enum action)i) != NULL)
            json_words(text, action_name((enum action)i), sentence_of(rule, (enum action)i));
    json_close(text, '{');
}

static void json_rule(struct text *text, const struct policy_rule *rule)
{
    char buffer[POLICY_RULE_TEXT_MAX];
    struct text words = text_in(buffer, sizeof buffer);

    policy_print_rule(&words, rule);
    json_open(text, NULL, '{');
    json_words(text, "rule", buffer);
    json_open(text, "actions", '[');
    for (unsigned int i = 0; i < ACTION_COUNT; i++)
        if (policy_rule_has(rule, (enum action)i))
            json_words(text, NULL, action_name((enum action)i));
    json_close(text, '[');
    json_number_if(text, "wait_ms", policy_rule_has(rule, ACTION_WAIT), rule->wait_ms);
    json_sentences(text, "meanings", rule, meaning_of);
    json_sentences(text, "limits", rule, policy_limit);
    json_close(text, '{');
}

static void print_json(const struct policy *policy)
{
    struct text text = console_text(JSON_SIZE);

    json_begin(&text);
    json_open(&text, "rules", '[');
    for (size_t i = 0; i < policy->count; i++)
        json_rule(&text, &policy->rules[i]);
    json_close(&text, '[');
    json_end(&text);
    console_print(&text);
}

static int run(struct arguments *arguments)
{
    static struct policy policy;
    struct reader_error error;

    arguments_want(arguments, 1, 1);
    if (!policy_parse(arguments->words[0], strlen(arguments->words[0]), &policy, &error)) {
        trouble_caret("policy", arguments->words[0], &error);
        return EXIT_OWN_ERROR;
    }
    if (arguments->json) {
        print_json(&policy);
        return EXIT_YES;
    }
    for (size_t i = 0; i < policy.count; i++)
        print_rule(i + 1, &policy.rules[i]);
    print_rest(&policy);
    return EXIT_YES;
}

const struct subcommand policy_subcommand = {
    .name = "policy",
    .usage = "[OPTION]... TEXT",
    .summary = "Parses a policy and prints the effective table",
    .details = "The first rule that matches a socket decides; none: explain.\n"
               "\n"
               "  policy   = rule *( \";\" rule )\n"
               "  rule     = [ selector \"=\" ] action *( \"+\" action )\n"
               "  selector = proto [ \"@\" address ] [ \":\" ports ]\n"
               "  proto    = any | tcp | tcp4 | tcp6 | udp | udp4 | udp6 | unix\n"
               "  address  = IPv4[/len] | \"[\" IPv6[/len] \"]\" | \"*\"\n"
               "             | a path, @name or a glob of either (unix)\n"
               "  ports    = N | N-M, comma-separated\n"
               "  action   = off | explain | log | force | clear | share | v6only\n"
               "             | wait:TIME | unlink\n"
               "\n"
               "For example: 'tcp:8080,8443=force+wait:30s; explain'\n"
               "\n"
               "Exit code: 0, or 125 for a text that is no policy.\n",
    .has_json = true,
    .usage_exit = EXIT_OWN_ERROR,
    .run = run,
};

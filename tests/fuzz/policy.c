/* libFuzzer target: whatever bytes come as the policy or as another variable's value, they are read
 * or refused with a column inside the text; what is read prints as a policy that reads back as the
 * same rules; and what is printed for people has no control character in it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/policy.h"
#include "rules/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

static void check_error(const struct reader_error *error, size_t size)
{
    size_t length = strlen(error->expected);

    require(error->column >= 1 && error->column <= size + 1);
    require(length > 0 && length < READER_EXPECTED_MAX - 1); /* whole, not cut */
}

static void check_printable(const char *text)
{
    for (; *text != '\0'; text++)
        require((unsigned char)*text >= 0x20 && *text != 0x7f);
}

/* Ends in a policy of the same bytes. */
static void check_round_trip(const struct policy *policy)
{
    static char buffer[POLICY_RULES_MAX * POLICY_RULE_TEXT_MAX];
    static struct policy again;
    struct text text = text_in(buffer, sizeof buffer);
    struct reader_error error;
    size_t i;

    for (i = 0; i < policy->count; i++) {
        size_t start = text.used;

        policy_print_rule(&text, &policy->rules[i]);
        require(text.used - start < POLICY_RULE_TEXT_MAX);
        if (i + 1 < policy->count)
            text_char(&text, ';');
    }
    require(!text.cut);
    check_printable(buffer);
    require(policy_parse(buffer, text.used, &again, &error));
    require(memcmp(policy, &again, sizeof again) == 0);
}

/* Each rule decides for the first of the addresses that it names, or an earlier rule does. */
static void check_match(const struct policy *policy)
{
    size_t i;

    for (i = 0; i < policy->count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        struct endpoint local = rule->address;
        struct policy_subject subject = {PROTOCOL_TCP, FAMILY_INET, &local, NULL};
        const struct policy_rule *match;

        if (rule->range_count > 0)
            local.port = rule->ranges[0].first;
        if (rule->protocol == SELECT_UDP || rule->protocol == SELECT_UDP4 ||
            rule->protocol == SELECT_UDP6)
            subject.protocol = PROTOCOL_UDP;
        if (rule->protocol == SELECT_UNIX)
            subject.protocol = PROTOCOL_UNIX;
        if (rule->has_address)
            subject.family = rule->address.family;
        else if (rule->protocol == SELECT_TCP6 || rule->protocol == SELECT_UDP6)
            subject.family = FAMILY_INET6;
        else if (rule->protocol == SELECT_UNIX)
            subject.family = FAMILY_UNIX;
        local.family = subject.family;
        if (local.family == FAMILY_UNIX && local.path[0] == '@')
            local.path[0] = '\0';
        match = policy_match(policy, &subject);
        require(match >= policy->rules && match <= rule);
    }
}

static void check_settings(const char *value, size_t size)
{
    static struct settings settings;
    unsigned int i;

    settings_init(&settings);
    for (i = 0; i < VARIABLE_COUNT; i++) {
        char line[SETTINGS_ERROR_MAX];
        struct text text = text_in(line, sizeof line);
        struct reader_error error;

        if (settings_read(&settings, (enum variable)i, value, &error))
            continue;
        check_error(&error, size);
        settings_print_error(&text, (enum variable)i, value, &error);
        require(!text.cut);
        check_printable(line);
    }
    settings_means_program(&settings, "server");
    if (settings.log == LOG_FILE) {
        char path[64];

        settings_log_path(&settings, 4711, path, sizeof path);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct policy policy;
    struct reader_error error;
    uint32_t time_ms;
    char *exact = malloc(size > 0 ? size : 1); /* the sanitizer sees a look beyond its end */
    char *value = malloc(size + 1);

    require(exact != NULL && value != NULL);
    if (size > 0)
        memcpy(exact, data, size);
    memcpy(value, exact, size);
    value[size] = '\0';
    if (policy_parse(exact, size, &policy, &error)) {
        require(policy.count >= 1 && policy.count <= POLICY_RULES_MAX);
        check_round_trip(&policy);
        check_match(&policy);
    } else {
        require(policy.count == 0);
        check_error(&error, size);
    }
    if (!policy_parse_time(exact, size, &time_ms, &error))
        check_error(&error, size);
    check_settings(value, strlen(value));
    free(value);
    free(exact);
    return 0;
}

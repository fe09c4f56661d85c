#include <assert.h>
#include <string.h>

#include "rules/policy.h"
#include "rules/policy_words.h"

static_assert((int)POLICY_WAIT_MAX_MS < (int)READER_NUMBER_MAX,
              "a number cut off is beyond every limit");

enum { LIST_MAX = 80 }; /* bytes of a list of words */

/* "off, explain, log, ..." */
static const char *list_actions(char list[LIST_MAX])
{
    struct text text = text_in(list, LIST_MAX);

    for (unsigned int i = 0; i < ACTION_COUNT; i++)
        text_format(&text, "%s%s", i > 0 ? ", " : "", action_name((enum action)i));
    return list;
}

static const char *list_protocols(char list[LIST_MAX])
{
    struct text text = text_in(list, LIST_MAX);

    for (unsigned int i = 0; i < SELECT_COUNT; i++)
        text_format(&text, "%s%s", i > 0 ? ", " : "",
                    selector_protocol_name((enum selector_protocol)i));
    return list;
}

/* TIME is one word: no blank between the number and its unit. */
static bool read_time(struct reader *reader, uint32_t *time_ms)
{
    static const struct {
        char name[3];
        uint32_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}};
    size_t start, unit_start, i = 0;
    struct word unit;
    uint64_t number;

    reader_skip_blanks(reader);
    start = reader->at;
    if (!reader_number(reader, &number))
        return reader_expected(reader, start, "a time such as 5, 500ms, 30s, 2m or 1h");
    unit_start = reader->at;
    unit = reader_word(reader);
    if (unit.length > 0 && unit.start != reader->text + unit_start)
        return reader_expected(reader, unit_start, "a unit without a blank in front, as in 30s");
    while (i < sizeof units / sizeof units[0] && !word_is(unit, units[i].name))
        i++;
    if (i == sizeof units / sizeof units[0] && unit.length > 0)
        return reader_expected(reader, unit_start, "a unit: ms, s, m or h");
    number *= unit.length > 0 ? units[i].ms : 1000; /* seconds, as in sleep(1) */
    if (number == 0 || number > POLICY_WAIT_MAX_MS)
        return reader_expected(reader, start, "a time from 1ms to 24h");
    *time_ms = (uint32_t)number;
    return true;
}

/* May ACTION, read at byte START, stand in RULE beside the actions that are there already? */
static bool check_action(struct reader *reader, size_t start, const struct policy_rule *rule,
                         enum action action)
{
    const struct action_words *words = policy_action_words(action);

    if (policy_rule_has(rule, action))
        return reader_expected(reader, start, "%s only once in a rule", words->name);
    for (unsigned int i = 0; i < ACTION_COUNT; i++)
        if (words->conflicts & rule->actions & 1u << i)
            return reader_expected(reader, start, "%s without %s: they contradict each other",
                                   words->name, action_name((enum action)i));
    if (!(words->families & policy_rule_families(rule)))
        return reader_expected(reader, start, "%s only in a rule that can match %s", words->name,
                               policy_only_for(words));
    return true;
}

static bool read_action(struct reader *reader, struct policy_rule *rule)
{
    char list[LIST_MAX];
    enum action action;
    size_t start;

    reader_skip_blanks(reader);
    start = reader->at;
    action = policy_find_action(reader_word(reader));
    if (action == ACTION_COUNT)
        return reader_expected(reader, start, "an action: %s", list_actions(list));
    if (!check_action(reader, start, rule, action))
        return false;
    rule->actions |= 1u << action;
    if (action != ACTION_WAIT)
        return true;
    if (!reader_accept(reader, ':'))
        return reader_expected(reader, reader->at, "':' and a time, as in wait:30s");
    return read_time(reader, &rule->wait_ms);
}

static bool read_rule(struct reader *reader, struct policy_rule *rule)
{
    char protocols[LIST_MAX], actions[LIST_MAX];
    enum selector_protocol protocol;
    struct word word;
    size_t start;

    reader_skip_blanks(reader);
    start = reader->at;
    if (reader_at_end(reader) || reader_next_is(reader, ';'))
        return reader_expected(reader, start, "a rule, such as force or tcp:8080=force");
    word = reader_word(reader);
    protocol = policy_find_selector(word);
    if (protocol < SELECT_COUNT) {
        rule->protocol = (uint8_t)protocol;
        if (!policy_read_selector(reader, rule))
            return false;
        if (!reader_accept(reader, '='))
            return reader_expected(reader, reader->at, "'=' and an action");
    } else if (policy_find_action(word) < ACTION_COUNT) {
        reader->at = start;
    } else {
        return reader_expected(reader, start,
                               word.length > 0 && reader_next_is(reader, '=')
                                   ? "a protocol (%s) before '='; to name programs, set "
                                     "REUSESHIM_ONLY"
                                   : "a protocol (%s) or an action (%s)",
                               list_protocols(protocols), list_actions(actions));
    }
    do {
        if (!read_action(reader, rule))
            return false;
    } while (reader_accept(reader, '+'));
    return true;
}

static bool read_rules(struct reader *reader, struct policy *policy)
{
    do {
        if (policy->count == POLICY_RULES_MAX) {
            reader_skip_blanks(reader);
            return reader_expected(reader, reader->at, "at most 64 rules");
        }
        if (!read_rule(reader, &policy->rules[policy->count]))
            return false;
        policy->count++;
    } while (reader_accept(reader, ';'));
    if (!reader_at_end(reader))
        return reader_expected(reader, reader->at,
                               "'+' and an action, ';' and a rule, or the end");
    return true;
}

bool policy_parse(const char *text, size_t length, struct policy *policy,
                  struct reader_error *error)
{
    struct reader reader = reader_of(text, length, error);

    memset(policy, 0, sizeof *policy);
    if (read_rules(&reader, policy))
        return true;
    memset(policy, 0, sizeof *policy);
    return false;
}

bool policy_parse_time(const char *text, size_t length, uint32_t *time_ms,
                       struct reader_error *error)
{
    struct reader reader = reader_of(text, length, error);
    uint32_t value;

    if (!read_time(&reader, &value))
        return false;
    reader_skip_blanks(&reader);
    if (!reader_at_end(&reader))
        return reader_expected(&reader, reader.at, "nothing after the time");
    *time_ms = value;
    return true;
}

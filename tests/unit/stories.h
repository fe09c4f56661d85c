/* What an explanation says, drawn from evidence that leads to the very reason. For the tests of
 * report/: include cmocka first. */
#ifndef UNIT_STORIES_H
#define UNIT_STORIES_H

#include <stdio.h>

#include "records.h"

static char buffer[16384];

static const struct manner narrow = {.width = PAGE_WIDTH};
static const struct manner verbose = {.width = PAGE_WIDTH, .verbose = true};

/* Prints the story; line ends within a line become blanks, so that a sentence can be looked for. */
static inline const char *print_as(const struct sample *sample, const struct manner *manner)
{
    struct text text = text_in(buffer, sizeof buffer);
    char *at;

    human_print(&text, &sample->record, manner);
    assert_false(text.cut);
    while ((at = strstr(buffer, "\n           ")) != NULL)
        memmove(at, at + 11, strlen(at + 11) + 1);
    return buffer;
}

static inline const char *print(const struct sample *sample)
{
    return print_as(sample, &narrow);
}

/* Is there a line with KEY and WORDS? */
static inline void expect_line(const char *key, const char *words)
{
    char line[1024];

    snprintf(line, sizeof line, "\n  %-8s %s\n", key, words);
    if (strstr(buffer, line) == NULL)
        fail_msg("expected: %s\nseen: %s", line, buffer);
}

static inline void expect_no_line(const char *key)
{
    char line[32];

    snprintf(line, sizeof line, "\n  %-8s ", key);
    if (strstr(buffer, line) != NULL)
        fail_msg("not expected: %s\nseen: %s", key, buffer);
}

/* ANSWER is the first line, but for what stands before and behind it. */
static inline void expect(struct sample *sample, enum reason reason, const char *answer)
{
    char line[1024];

    sample_judge(sample);
    assert_string_equal(reason_id(sample->verdict.reason), reason_id(reason));
    snprintf(line, sizeof line, "reuseshim: %s [%s]\n", answer, reason_id(reason));
    if (strncmp(print(sample), line, strlen(line)) != 0)
        fail_msg("expected: %s\nseen: %s", line, buffer);
}

static inline struct holder *add_listener(struct sample *sample, enum socket_state state)
{
    struct holder *holder = sample_add(sample, sample_holder("0.0.0.0", 80, state));

    sample_owner(holder, RELATION_OTHER, "nginx", 812, 6);
    return holder;
}

static inline struct holder *add_connection(struct sample *sample, enum socket_state state)
{
    struct holder *holder = sample_add(sample, sample_holder("10.0.0.1", 80, state));

    holder->remote = sample_endpoint("10.0.0.9", 51234);
    holder->socket.connected = true;
    holder->socket.options.reuseaddr = ANSWER_NO;
    sample_owner(holder, RELATION_OTHER, "worker", 99, 7);
    return holder;
}

#endif

/* What an explanation's line 'why' says, drawn from evidence that leads to the very reason. For the
 * tests of report/human_why*.c: include cmocka first. */
#ifndef UNIT_STORIES_H
#define UNIT_STORIES_H

#include "records.h"

static char buffer[16384];

/* Prints the story; line ends within a fact become blanks, so that a sentence can be looked for. */
static inline const char *print(const struct sample *sample)
{
    struct text text = text_in(buffer, sizeof buffer);
    char *at;

    human_print(&text, &sample->record, false, PAGE_WIDTH);
    assert_false(text.cut);
    while ((at = strstr(buffer, "\n         ")) != NULL)
        memmove(at, at + 9, strlen(at + 9) + 1);
    return buffer;
}

static inline void expect(struct sample *sample, enum reason reason, const char *why)
{
    char line[1024] = "\n  why    ";

    sample_judge(sample);
    assert_string_equal(reason_id(sample->verdict.reason), reason_id(reason));
    strcat(strcat(line, why), "\n");
    if (strstr(print(sample), line) == NULL)
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

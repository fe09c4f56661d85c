/* The three answers to a question about the world: where nothing in user space can know, a rule
 * must be able to say so. Pure values. */
#ifndef REUSESHIM_RULES_ANSWER_H
#define REUSESHIM_RULES_ANSWER_H

#include <stdbool.h>

enum answer { ANSWER_UNKNOWN = 0, ANSWER_NO, ANSWER_YES, ANSWER_COUNT };

static inline enum answer answer_of(bool known_truth)
{
    return known_truth ? ANSWER_YES : ANSWER_NO;
}

static inline enum answer answer_not(enum answer a)
{
    return a == ANSWER_UNKNOWN ? a : answer_of(a == ANSWER_NO);
}

/* False beats unknown, unknown beats true. */
static inline enum answer answer_and(enum answer a, enum answer b)
{
    if (a == ANSWER_NO || b == ANSWER_NO)
        return ANSWER_NO;
    return a == ANSWER_YES ? b : ANSWER_UNKNOWN;
}

/* True beats unknown, unknown beats false. */
static inline enum answer answer_or(enum answer a, enum answer b)
{
    return answer_not(answer_and(answer_not(a), answer_not(b)));
}

#endif

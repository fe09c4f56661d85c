/* The cures that a case is offered. For the tests of rules/cures*.c: include cmocka first. */
#ifndef UNIT_CURES_H
#define UNIT_CURES_H

#include "parties.h"

static const char here[] = "127.0.0.1";

static inline const struct cure *offered(const struct sample_case *it, const char *id)
{
    for (size_t i = 0; i < it->verdict.cure_count; i++) {
        if (strcmp(it->verdict.cures[i].id, id) == 0)
            return &it->verdict.cures[i];
    }
    return NULL;
}

/* The ids, each after a blank, in their order. */
static inline void expect_cures_of(const struct sample_case *it, const char *what,
                                   const char *expected)
{
    char seen[512] = "";

    for (size_t i = 0; i < it->verdict.cure_count; i++) {
        strcat(seen, i > 0 ? " " : "");
        strcat(seen, it->verdict.cures[i].id);
        assert_true(strlen(it->verdict.cures[i].text) > 5);
    }
    if (strcmp(seen, expected) != 0)
        fail_msg("%s: expected \"%s\", seen \"%s\"", what, expected, seen);
}

static inline void expect_cures(const struct sample_case *it, const char *expected)
{
    expect_cures_of(it, "this", expected);
}

static inline void expect_command(const struct sample_case *it, const char *id, const char *command)
{
    const struct cure *cure = offered(it, id);

    assert_non_null(cure);
    assert_string_equal(cure->command, command);
}

#endif

/* Claim: '*' is any bytes, '?' is one byte, the rest is itself; and no pattern takes long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/glob.h"

static const struct {
    const char *pattern;
    const char *text;
    bool matches;
} rows[] = {
    {"", "", true},
    {"", "a", false},
    {"a", "", false},
    {"a", "a", true},
    {"a", "ab", false},
    {"ab", "a", false},
    {"?", "a", true},
    {"?", "", false},
    {"?", "ab", false},
    {"*", "", true},
    {"*", "anything", true},
    {"**", "", true},
    {"a*", "a", true},
    {"a*", "abc", true},
    {"a*", "ba", false},
    {"*a", "a", true},
    {"*a", "bca", true},
    {"*a", "ab", false},
    {"/run/*.sock", "/run/a/b.sock", true},
    {"/run/*.sock", "/run/.sock", true},
    {"/run/*.sock", "/run/a.socket", false},
    {"a*b*c", "a-b-b-c", true},
    {"a*b*c", "a-c-b", false},
    {"*ab*", "aab", true},
    {"*aab", "aaaab", true},
    {"a?c*", "abcd", true},
    {"a?c*", "acd", false},
    {"*?", "", false},
    {"*?*?", "a", false},
    {"*?*?", "ab", true},
    {"[a]", "a", false}, /* no sets: a bracket is itself */
    {"[a]", "[a]", true},
    {"\\*", "\\x", true}, /* no escapes: a backslash is itself */
    {"\xff?", "\xff\xfe", true},
};

static void matches_each_row(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool seen = glob_matches(rows[i].pattern, strlen(rows[i].pattern), rows[i].text,
                                 strlen(rows[i].text));

        if (seen != rows[i].matches)
            fail_msg("glob \"%s\" on \"%s\": expected %d, seen %d", rows[i].pattern, rows[i].text,
                     rows[i].matches, seen);
    }
}

static void takes_a_nul_as_a_byte(void **state)
{
    (void)state;
    assert_true(glob_matches("a?b", 3, "a\0b", 3));
    assert_true(glob_matches("a*", 2, "a\0b", 3));
    assert_false(glob_matches("ab", 2, "a\0b", 3));
    assert_false(glob_matches("a\0b", 3, "a", 1));
}

static void reads_only_the_given_lengths(void **state)
{
    (void)state;
    assert_true(glob_matches("ab*", 2, "abc", 2));
    assert_true(glob_matches("", 0, "abc", 0));
}

/* The pattern that takes a naive matcher for ever: with exponential time this never ends. */
static void many_stars_end_soon(void **state)
{
    char pattern[1024], text[4096];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof pattern; i++)
        pattern[i] = i % 2 ? 'a' : '*';
    memset(text, 'a', sizeof text);
    pattern[sizeof pattern - 1] = 'b';
    assert_false(glob_matches(pattern, sizeof pattern, text, sizeof text));
    pattern[sizeof pattern - 1] = 'a';
    assert_true(glob_matches(pattern, sizeof pattern, text, sizeof text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_each_row),
        cmocka_unit_test(takes_a_nul_as_a_byte),
        cmocka_unit_test(reads_only_the_given_lengths),
        cmocka_unit_test(many_stars_end_soon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

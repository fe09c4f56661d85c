/* Claim: an error is told in one line that is safe on a terminal: the variable, its text around the
 * column, the column, what was expected, and the default that is used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/settings.h"

static struct settings settings;
static struct reader_error error;

static void assert_line(enum variable variable, const char *value, const char *line)
{
    char buffer[SETTINGS_ERROR_MAX];
    struct text text = text_in(buffer, sizeof buffer);

    settings_print_error(&text, variable, value, &error);
    assert_false(text.cut);
    assert_string_equal(buffer, line);
}

static void tells_in_one_line(void **state)
{
    (void)state;
    assert_false(settings_read(&settings, VARIABLE_POLICY, "tcp:70000=force", &error));
    assert_line(VARIABLE_POLICY, "tcp:70000=force",
                "reuseshim: REUSESHIM_POLICY=\"tcp:70000=force\": column 5: expected a port from 1 "
                "to 65535; the default (explain) is used");
    assert_false(settings_read(&settings, VARIABLE_FORMAT, "xml", &error));
    assert_line(VARIABLE_FORMAT, "xml",
                "reuseshim: REUSESHIM_FORMAT=\"xml\": column 1: expected text or json; the default "
                "(text) is used");
}

static void shows_no_control_characters(void **state)
{
    (void)state;
    assert_false(settings_read(&settings, VARIABLE_POLICY, "\x1b[31m\n\xff", &error));
    assert_line(VARIABLE_POLICY, "\x1b[31m\n\xff",
                "reuseshim: REUSESHIM_POLICY=\"\\x1b[31m\\x0a\\xff\": column 1: expected a "
                "protocol (any, tcp, tcp4, tcp6, udp, udp4, udp6, unix) or an action (off, "
                "explain, log, force, clear, share, v6only, wait, unlink); the default (explain) "
                "is used");
}

static void shows_a_long_value_around_the_column(void **state)
{
    static char value[65537];
    size_t i;

    (void)state;
    for (i = 0; i + 4 < sizeof value; i += 4)
        memcpy(value + i, "log;", 4);
    assert_false(settings_read(&settings, VARIABLE_POLICY, value, &error));
    assert_line(VARIABLE_POLICY, value,
                "reuseshim: REUSESHIM_POLICY=\"..."
                "log;log;log;log;log;log;log;log;log;log;log;log;log;log;log;log;log;log;..."
                "\": column 257: expected at most 64 rules; the default (explain) is used");
    error.column = 1;
    assert_line(VARIABLE_POLICY, value,
                "reuseshim: REUSESHIM_POLICY=\""
                "log;log;log;log;log;log;log;log;log;log;log;log;log;log;log;log;log;log;..."
                "\": column 1: expected at most 64 rules; the default (explain) is used");
    error.column = 65537;
    assert_line(VARIABLE_POLICY, value,
                "reuseshim: REUSESHIM_POLICY=\"..."
                "log;log;log;log;log;log;log;log;log;log;log;log;log;log;log;log;log;log;"
                "\": column 65537: expected at most 64 rules; the default (explain) is used");
}

static void cuts_a_long_value_between_characters(void **state)
{
    char value[300];
    char buffer[SETTINGS_ERROR_MAX];
    struct text text = text_in(buffer, sizeof buffer);
    size_t i;

    (void)state;
    value[0] = 'x';
    for (i = 1; i + 2 < sizeof value; i += 2)
        memcpy(value + i, "\xc3\xa9", 2);
    value[i] = '\0';
    error.column = 151;
    strcpy(error.expected, "this");
    settings_print_error(&text, VARIABLE_LOG, value, &error);
    assert_null(strstr(buffer, "\\x"));
    assert_non_null(strstr(buffer, "\"...\xc3\xa9"));
}

/* The longest line there can be: a value of which each byte takes four, the longest expectation. */
static void the_longest_line_fits(void **state)
{
    char value[200];
    char buffer[SETTINGS_ERROR_MAX];
    struct text text = text_in(buffer, sizeof buffer);

    (void)state;
    memset(value, '\x01', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    memset(error.expected, 'e', sizeof error.expected - 1);
    error.expected[sizeof error.expected - 1] = '\0';
    error.column = 100;
    settings_print_error(&text, VARIABLE_ONLY, value, &error);
    assert_false(text.cut);
    assert_null(strpbrk(buffer, "\x01\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_in_one_line),
        cmocka_unit_test(shows_no_control_characters),
        cmocka_unit_test(shows_a_long_value_around_the_column),
        cmocka_unit_test(cuts_a_long_value_between_characters),
        cmocka_unit_test(the_longest_line_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

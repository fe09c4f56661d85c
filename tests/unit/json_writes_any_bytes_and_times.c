/* Claim: any bytes become a valid string from which every byte can be told; times are RFC 3339, as
 * gmtime has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "json_valid.h"
#include "report/json_text.h"

static void each_escape(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *json;
    } rows[] = {
        {"", 0, "\"\""},
        {"plain /path", 11, "\"plain /path\""},
        {"\"\\", 2, "\"\\\"\\\\\""},
        {"\n\t\r\b", 4, "\"\\n\\t\\u000d\\u0008\""},
        {"\0\x1f\x7f", 3, "\"\\u0000\\u001f\\u007f\""},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"\xc2\x80\xc2\x9f\xc2\xa0", 6, "\"\\u0080\\u009f\xc2\xa0\""},
        {"\xe2\x80\xa8\xe2\x80\xa9", 6, "\"\\u2028\\u2029\""},
        {"\xff", 1, "\"\\\\xff\""},
        {"a\xc3", 2, "\"a\\\\xc3\""},
        {"\xc0\xaf", 2, "\"\\\\xc0\\\\xaf\""},
        {"\xed\xa0\x80", 3, "\"\\\\xed\\\\xa0\\\\x80\""},
        {"\xf4\x90\x80\x80", 4, "\"\\\\xf4\\\\x90\\\\x80\\\\x80\""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        char buffer[64];
        struct text text = text_in(buffer, sizeof buffer);

        json_string(&text, rows[i].bytes, rows[i].length);
        assert_string_equal(buffer, rows[i].json);
    }
}

static void every_pair_of_bytes(void **state)
{
    unsigned int a, b;

    (void)state;
    for (a = 0; a < 256; a++)
        for (b = 0; b < 256; b++) {
            char bytes[2] = {(char)a, (char)b};
            char buffer[64];
            struct text text = text_in(buffer, sizeof buffer);

            json_string(&text, bytes, 2);
            assert_true(json_valid(buffer, text.used));
        }
}

static void expect_time(int64_t second, unsigned int us)
{
    char buffer[64], expected[80];
    struct text text = text_in(buffer, sizeof buffer);
    time_t then = (time_t)second;
    struct tm tm;
    size_t length;

    length = strftime(expected, sizeof expected, "\"k\":\"%Y-%m-%dT%H:%M:%S",
                      gmtime_r(&then, &tm));
    snprintf(expected + length, sizeof expected - length, ".%06uZ\"", us);
    json_time(&text, "k", second * 1000000 + us);
    assert_string_equal(buffer, expected);
}

static void times(void **state)
{
    char buffer[64];
    struct text text = text_in(buffer, sizeof buffer);
    int64_t second;

    (void)state;
    /* About 89 days a step, off every period of the calendar. */
    for (second = 1; second < 253402300800; second += 7654321)
        expect_time(second, (unsigned int)(second % 1000000));
    expect_time(1709251199, 999999);
    expect_time(253402300799, 999999);
    json_time(&text, "a", 0);
    json_time(&text, "b", -1);
    json_time(&text, "c", 253402300800 * 1000000);
    assert_string_equal(buffer, "\"a\":null,\"b\":null,\"c\":null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_escape),
        cmocka_unit_test(every_pair_of_bytes),
        cmocka_unit_test(times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

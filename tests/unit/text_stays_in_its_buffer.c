/* Claim: the text builder never writes beyond its buffer, always ends with a NUL, says when it has
 * cut something, and lets no control character or broken UTF-8 through text_shown; and scratch
 * memory is aligned, zeroed and bounded. */
#include <limits.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/scratch.h"
#include "base/text.h"

static void stays_in_any_size(void **state)
{
    char buffer[64];

    (void)state;
    for (size_t size = 1; size < sizeof buffer; size++) {
        struct text text;

        memset(buffer, 0x5a, sizeof buffer);
        text = text_in(buffer, size);
        text_add(&text, "word ");
        text_number(&text, INT64_MIN);
        text_unsigned(&text, UINT64_MAX);
        text_hex(&text, 0xabc, 16);
        text_padded(&text, 7, 3);
        text_column(&text, 60);
        text_join(&text, "a", "b", NULL);
        text_shown(&text, "\x1b[31m", 5, 20);
        assert_true(text.used < size);
        assert_int_equal(strlen(buffer), text.used);
        assert_int_equal(buffer[size], 0x5a);
        assert_true(text.cut);
    }
}

static void writes_numbers(void **state)
{
    static const struct {
        int64_t number;
        const char *text;
    } rows[] = {{0, "0"}, {-1, "-1"}, {INT64_MIN, "-9223372036854775808"},
                {INT64_MAX, "9223372036854775807"}};
    char buffer[64];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text text = text_in(buffer, sizeof buffer);

        text_number(&text, rows[i].number);
        assert_string_equal(buffer, rows[i].text);
        assert_false(text.cut);
    }
}

static void shows_only_what_is_harmless(void **state)
{
    static const struct {
        const char *bytes;
        const char *shown;
    } rows[] = {
        {"plain", "plain"},
        {"\xc3\xa4", "\xc3\xa4"},
        {"a\nb\x7f", "a\\x0ab\\x7f"},
        {"\xc2\x9b", "\\xc2\\x9b"},               /* C1: CSI */
        {"\xc0\xaf", "\\xc0\\xaf"},               /* overlong */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},       /* a surrogate */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond Unicode */
        {"\xe2\x82", "\\xe2\\x82"},               /* cut off */
    };
    char buffer[64];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text text = text_in(buffer, sizeof buffer);

        text_shown(&text, rows[i].bytes, strlen(rows[i].bytes), 60);
        assert_string_equal(buffer, rows[i].shown);
    }
}

static void cuts_with_dots(void **state)
{
    char buffer[64];
    struct text text = text_in(buffer, sizeof buffer);

    (void)state;
    text_shown(&text, "abcdefgh", 8, 4);
    assert_string_equal(buffer, "abcd...");
}

/* U+202E, U+2067, U+200F, U+061C and U+2028, as their bytes; an e with an acute stays. */
static void shows_no_change_of_direction(void **state)
{
    static const char name[] = "a\xe2\x80\xae" "b\xe2\x81\xa7\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8\xc3\xa9";
    char buffer[128];
    struct text text = text_in(buffer, sizeof buffer);

    (void)state;
    text_shown(&text, name, sizeof name - 1, sizeof buffer);
    assert_string_equal(buffer, "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa7\\xe2\\x80\\x8f\\xd8\\x9c"
                                "\\xe2\\x80\\xa8\xc3\xa9");
}

static void formats_sentences(void **state)
{
    char buffer[128];
    struct text text = text_in(buffer, sizeof buffer);

    (void)state;
    text_format(&text, "%s[%d] has %-6s: %u%%, %lld %llx%c", "node", -7, "a\nbcdefgh", 42u,
                -5000000000LL, 0xffULL, '.');
    assert_string_equal(buffer, "node[-7] has a\\x0ab...: 42%, -5000000000 ff.");
    text = text_in(buffer, 8);
    text_format(&text, "%s and more", "long");
    assert_string_equal(buffer, "long an");
    assert_true(text.cut);
}

static void reads_parts_of_texts(void **state)
{
    const char *text = "18446744073709551615-18446744073709551616-x";
    uint64_t number;

    (void)state;
    text = text_read_number(text, &number);
    assert_true(*text == '-' && number == UINT64_MAX);
    text = text_read_number(text + 1, &number);
    assert_true(*text == '-' && number == UINT64_MAX);
    assert_null(text_read_number(text, &number));
    assert_non_null(text_read_number("042", &number));
    assert_true(number == 42);
    assert_string_equal(text_base_name("/usr/bin/env"), "env");
    assert_string_equal(text_base_name("env"), "env");
    assert_true(text_bytes_end_with("a.service", 9, ".service"));
    assert_false(text_bytes_end_with("ice", 3, ".service"));
}

static size_t aligned(size_t size)
{
    return (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
}

static void scratch_is_bounded(void **state)
{
    static _Alignas(16) char memory[256];
    struct scratch scratch = {memory, memory + sizeof memory};
    size_t taken = 0;
    char *piece;

    (void)state;
    memset(memory, 0x5a, sizeof memory);
    assert_null(scratch_take(&scratch, SIZE_MAX));
    assert_null(scratch_take(&scratch, SIZE_MAX - 15));
    assert_null(scratch_take(&scratch, sizeof memory + 1));
    assert_string_equal(scratch_copy(&scratch, "name and more", 4), "name");
    while ((piece = scratch_take(&scratch, 24)) != NULL) {
        assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
        assert_int_equal(piece[0] | piece[23], 0);
        assert_true(piece >= memory && piece + 24 <= memory + sizeof memory);
        taken++;
    }
    assert_int_equal(taken, (sizeof memory - aligned(sizeof "name") - 24) / aligned(24) + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stays_in_any_size), cmocka_unit_test(writes_numbers),
        cmocka_unit_test(shows_only_what_is_harmless), cmocka_unit_test(cuts_with_dots),
        cmocka_unit_test(scratch_is_bounded), cmocka_unit_test(shows_no_change_of_direction),
        cmocka_unit_test(formats_sentences), cmocka_unit_test(reads_parts_of_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Claim: in whatever room, the record is one whole JSON object or nothing at all; holders are left
 * out, and counted, only as far as room is short; RECORD_BYTES_MIN is always enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json_valid.h"
#include "records.h"

static size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;

    for (; (text = strstr(text, part)) != NULL; text++)
        count++;
    return count;
}

static void make_large(struct sample *sample)
{
    static char evil[3001];
    size_t i;

    memset(evil, '\x01', sizeof evil - 1);
    sample_init(sample, "@", 0);
    sample->record.address.path_length = ENDPOINT_PATH_MAX;
    memset(sample->record.address.path + 1, '\x01', ENDPOINT_PATH_MAX - 1);
    sample->record.caller.exe = evil;
    sample->evidence.attempt.stack = sample_stack;
    for (i = 0; i < 16; i++) {
        struct holder *holder = sample_add(sample, sample_holder("@x", 0, STATE_LISTEN));

        holder->count = 2;
        holder->unit = "some.service";
    }
    sample_judge(sample);
}

/* Returns the bytes of the record in SIZE bytes of room, 0 for none. */
static size_t print_in(const struct record *record, size_t size, size_t *holders)
{
    size_t all = record->evidence->holder_count;
    char *room = malloc(size); /* so that a sanitizer sees a step beyond it */
    struct text text = text_in(room, size);
    size_t used;

    json_print(&text, record);
    used = text.used;
    assert_int_equal(room[used], '\0');
    assert_int_equal(text.cut, used == 0);
    *holders = occurrences(room, "\"remote_address\"");
    if (used > 0) {
        char part[64];
        struct text left = text_in(part, sizeof part);

        assert_int_equal(room[used - 1], '\n');
        assert_true(json_valid(room, used - 1));
        text_add(&left, "\"holders_left_out\":");
        text_unsigned(&left, 2 * (all - *holders));
        text_char(&left, ',');
        assert_int_equal(occurrences(room, part), *holders < all ? 1 : 0);
    }
    free(room);
    return used;
}

static void every_size(void **state)
{
    struct sample sample;
    size_t size, used = 0, holders = 0, most = 0;
    bool began = false;

    (void)state;
    make_large(&sample);
    for (size = 1; used == 0 || holders < 16 || size < 30000; size += 1 + size / 512) {
        used = print_in(&sample.record, size, &holders);
        began |= used > 0;
        assert_true(!began || used > 0);
        assert_true(size < RECORD_BYTES_MIN || used > 0);
        most = holders > most ? holders : most;
    }
    assert_true(began);
    assert_int_equal(most, 16);
}

/* Room for a holder more is used for a holder more. */
static void room_is_used(void **state)
{
    struct sample sample;
    size_t i, size, holders, more, one, two;
    bool fell = false;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    for (i = 0; i < 16; i++)
        sample_add(&sample, sample_holder("0.0.0.0", 80, STATE_LISTEN))->count = 2;
    sample_judge(&sample);
    sample.evidence.holder_count = 1;
    one = print_in(&sample.record, 65536, &holders);
    (void)holders;
    sample.evidence.holder_count = 2;
    two = print_in(&sample.record, 65536, &holders);
    sample.evidence.holder_count = 16;
    for (size = one + 64; size < one + 14 * (two - one); size++) {
        print_in(&sample.record, size, &holders);
        print_in(&sample.record, size + (two - one), &more);
        assert_int_equal(more, holders + 1);
        fell |= holders > 1;
    }
    assert_true(fell);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size),
        cmocka_unit_test(room_is_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

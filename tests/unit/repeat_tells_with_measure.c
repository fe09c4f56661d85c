/* Claim: one address is looked at once a second at most; its reason is told in full once, and again
 * when it changes; in between the 10th, 100th, 1000th... failure is told short. Another place in
 * the code, option or call has a count of its own; what fills up an address makes no difference.
 * Many addresses of many places together get a bounded number of looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <string.h>

#include "table/lock.h"
#include "table/repeat.h"

enum { FD = 5 };

static struct sockaddr_in where;

static struct failed_call failure_at(unsigned int port, uintptr_t place)
{
    where.sin_family = AF_INET;
    where.sin_port = htons((uint16_t)port);
    return (struct failed_call){CALL_BIND, FD, descriptor_word(FD), place, &where, sizeof where};
}

static struct repeat meet(unsigned int port, int64_t now_ms)
{
    struct failed_call failure = failure_at(port, port);

    return repeat_count(&failure, now_ms);
}

static bool conclude(unsigned int port, unsigned int reason)
{
    struct failed_call failure = failure_at(port, port);

    return repeat_conclude(repeat_resume(&failure).key, reason);
}

static void tells_tens_in_short(void **state)
{
    int short_lines = 0;

    (void)state;
    assert_int_equal(meet(80, 10000).step, REPEAT_LOOK);
    assert_true(conclude(80, 3));
    for (int i = 2; i <= 1000; i++) {
        struct repeat repeat = meet(80, 10001);

        assert_int_not_equal(repeat.step, REPEAT_LOOK);
        if (repeat.step == REPEAT_TELL) {
            assert_true(repeat.count == 10 || repeat.count == 100 || repeat.count == 1000);
            assert_int_equal(repeat.reason, 3);
            short_lines++;
        }
    }
    assert_int_equal(short_lines, 3);
}

static void tells_a_change_in_full(void **state)
{
    (void)state;
    assert_int_equal(meet(81, 20000).step, REPEAT_LOOK);
    assert_true(conclude(81, 1));
    assert_int_equal(meet(81, 20000 + REPEAT_LOOK_MS - 1).step, REPEAT_SILENT);
    assert_int_equal(meet(81, 20000 + REPEAT_LOOK_MS).step, REPEAT_LOOK);
    assert_false(conclude(81, 1));
    assert_int_equal(meet(81, 20000 + 2 * REPEAT_LOOK_MS).step, REPEAT_LOOK);
    assert_true(conclude(81, 2));
}

static uint64_t key_with(enum call call, uintptr_t place)
{
    struct failed_call failure = failure_at(90, place);

    failure.call = call;
    return repeat_resume(&failure).key;
}

static void set(enum option_kind kind, bool value, bool failed)
{
    struct option_event event = {.kind = kind, .value = value, .failed = failed};

    descriptor_option(FD, &event);
}

static void tells_failures_apart(void **state)
{
    uint64_t plain = key_with(CALL_BIND, 1);

    (void)state;
    assert_true(key_with(CALL_BIND, 2) != plain);
    assert_true(key_with(CALL_LISTEN, 1) != plain);
    memset(where.sin_zero, 0x55, sizeof where.sin_zero);
    assert_true(key_with(CALL_BIND, 1) == plain);
    descriptor_open(FD, PROTOCOL_NONE);
    set(OPTION_REUSEADDR, true, true);
    assert_true(key_with(CALL_BIND, 1) == plain);
    set(OPTION_REUSEADDR, true, false);
    assert_true(key_with(CALL_BIND, 1) != plain);
    set(OPTION_REUSEADDR, false, false);
    assert_true(key_with(CALL_BIND, 1) == plain);
    set(OPTION_V6ONLY, true, false);
    assert_true(key_with(CALL_BIND, 1) != plain);
}

/* The next second has a new token. */
static void bounds_the_looks_at_many_places(void **state)
{
    int looks = 0;

    (void)state;
    for (unsigned int port = 1000; port < 60000; port++)
        if (meet(port, 30000).step == REPEAT_LOOK) {
            looks++;
            conclude(port, 1);
        }
    assert_true(looks <= REPEAT_LOOKS_MAX);
    assert_true(looks > 0);
    assert_int_equal(meet(70, 30000).step, REPEAT_SILENT);
    assert_int_equal(meet(71, 30000 + 5 * REPEAT_REFILL_MS).step, REPEAT_LOOK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_tens_in_short),
        cmocka_unit_test(tells_a_change_in_full),
        cmocka_unit_test(tells_failures_apart),
        cmocka_unit_test(bounds_the_looks_at_many_places),
    };

    lock_init(true);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

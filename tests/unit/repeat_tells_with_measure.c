/* Claim: one address is looked at once a second at most; its reason is told in full once, and again
 * when it changes; in between the 10th, 100th, 1000th... failure is told short; and many addresses
 * together get a bounded number of looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "table/lock.h"
#include "table/repeat.h"

static struct endpoint at(unsigned int port)
{
    return (struct endpoint){.family = FAMILY_INET, .port = (uint16_t)port};
}

static struct repeat meet(unsigned int port, int64_t now_ms)
{
    struct endpoint local = at(port);

    return repeat_count(CALL_BIND, PROTOCOL_TCP, &local, now_ms);
}

static enum repeat_step conclude(unsigned int port, unsigned int reason)
{
    struct endpoint local = at(port);

    return repeat_conclude(CALL_BIND, PROTOCOL_TCP, &local, reason).step;
}

static void tells_tens_in_short(void **state)
{
    int short_lines = 0;

    (void)state;
    assert_int_equal(meet(80, 10000).step, REPEAT_LOOK);
    assert_int_equal(conclude(80, 3), REPEAT_TELL);
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
    assert_int_equal(conclude(81, 1), REPEAT_TELL);
    assert_int_equal(meet(81, 20000 + REPEAT_LOOK_MS - 1).step, REPEAT_SILENT);
    assert_int_equal(meet(81, 20000 + REPEAT_LOOK_MS).step, REPEAT_LOOK);
    assert_int_equal(conclude(81, 1), REPEAT_SILENT);
    assert_int_equal(meet(81, 20000 + 2 * REPEAT_LOOK_MS).step, REPEAT_LOOK);
    assert_int_equal(conclude(81, 2), REPEAT_TELL);
}

static void bounds_the_looks_at_many_addresses(void **state)
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
        cmocka_unit_test(bounds_the_looks_at_many_addresses),
    };

    lock_init(true);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

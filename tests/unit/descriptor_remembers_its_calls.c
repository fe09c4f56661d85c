/* Claim: of each descriptor number the last calls are known in their order, with the phase in which
 * they came; what option was on at bind follows from them, and is unknown where calls were lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "table/descriptor.h"

static void set(int fd, enum option_kind kind, bool value, bool failed)
{
    struct option_event event = {.kind = kind, .value = value, .failed = failed};

    descriptor_option(fd, &event);
}

static enum answer at_bind(int fd)
{
    struct descriptor past = descriptor_get(fd);

    return descriptor_option_at_bind(&past, OPTION_REUSEADDR);
}

static void follows_the_phases(void **state)
{
    (void)state;
    assert_int_equal(descriptor_phase(5), PHASE_UNKNOWN);
    descriptor_open(5, PROTOCOL_TCP);
    assert_int_equal(descriptor_phase(5), PHASE_FRESH);
    assert_int_equal(descriptor_protocol(5), PROTOCOL_TCP);
    descriptor_bind(5, false);
    assert_int_equal(descriptor_phase(5), PHASE_BIND_FAILED);
    descriptor_bind(5, true);
    assert_int_equal(descriptor_phase(5), PHASE_BOUND);
    descriptor_listen(5);
    assert_int_equal(descriptor_phase(5), PHASE_LISTENING);
    descriptor_forget(5);
    assert_int_equal(descriptor_phase(5), PHASE_UNKNOWN);
}

static void knows_the_option_at_bind(void **state)
{
    (void)state;
    assert_int_equal(at_bind(6), ANSWER_UNKNOWN);
    descriptor_open(6, PROTOCOL_TCP);
    set(6, OPTION_REUSEPORT, true, false);
    assert_int_equal(at_bind(6), ANSWER_NO);
    set(6, OPTION_REUSEADDR, true, true); /* it failed */
    assert_int_equal(at_bind(6), ANSWER_NO);
    set(6, OPTION_REUSEADDR, true, false);
    descriptor_bind(6, true);
    set(6, OPTION_REUSEADDR, false, false); /* too late to count */
    assert_int_equal(at_bind(6), ANSWER_YES);
}

static void keeps_the_newest_calls_in_order(void **state)
{
    struct descriptor past;

    (void)state;
    descriptor_open(7, PROTOCOL_UDP);
    for (int i = 0; i < DESCRIPTOR_EVENTS_MAX + 3; i++)
        set(7, OPTION_REUSEADDR, i % 2 == 0, false);
    past = descriptor_get(7);
    assert_int_equal(past.event_count, DESCRIPTOR_EVENTS_MAX);
    assert_true(past.events[DESCRIPTOR_EVENTS_MAX - 1].value);
    assert_false(past.events[DESCRIPTOR_EVENTS_MAX - 2].value);
    assert_int_equal(at_bind(7), ANSWER_UNKNOWN);
}

static void minds_numbers_that_are_none(void **state)
{
    static const int odd[] = {-1, -2147483647 - 1, DESCRIPTORS_MAX, 2147483647};

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        descriptor_open(odd[i], PROTOCOL_TCP);
        set(odd[i], OPTION_REUSEADDR, true, false);
        descriptor_bind(odd[i], true);
        descriptor_listen(odd[i]);
        descriptor_keep(odd[i], true, false);
        descriptor_forget(odd[i]);
        assert_int_equal(descriptor_phase(odd[i]), PHASE_UNKNOWN);
    }
}

static void tells_binds_and_policies_apart(void **state)
{
    uint32_t before;

    (void)state;
    descriptor_open(8, PROTOCOL_TCP);
    before = descriptor_binds(8);
    descriptor_bind(8, true);
    assert_int_not_equal(descriptor_binds(8), before);
    descriptor_keep(8, true, false);
    assert_true(descriptor_get(8).forced);
    descriptor_keep(8, false, true);
    assert_true(descriptor_get(8).cleared);
    assert_false(descriptor_get(8).forced);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_phases),
        cmocka_unit_test(knows_the_option_at_bind),
        cmocka_unit_test(keeps_the_newest_calls_in_order),
        cmocka_unit_test(minds_numbers_that_are_none),
        cmocka_unit_test(tells_binds_and_policies_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

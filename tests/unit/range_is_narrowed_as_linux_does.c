/* Claim: the ports that the kernel takes for port 0 are those of the sysctl, narrowed by each end
 * of the socket's own range that lies inside. Oracle: inet_sk_get_local_port_range(); the kernel
 * itself is asked in tests/preload/exhausted_ports_are_told_with_figures.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proc/ports.h"

enum { FIRST = 32768, LAST = 60999 };

static const struct {
    uint16_t own_first, own_last;
    uint16_t first, last;
} rows[] = {
    {0, 0, FIRST, LAST},
    {40000, 40010, 40000, 40010},
    {40000, 0, 40000, LAST},
    {0, 40010, FIRST, 40010},
    {FIRST, LAST, FIRST, LAST},
    {LAST, LAST, LAST, LAST},
    {1000, 40000, FIRST, 40000},
    {40000, 65000, 40000, LAST},
    {1000, 65000, FIRST, LAST},
    {1000, 2000, FIRST, LAST},   /* all outside: it counts for nothing */
    {61000, 62000, FIRST, LAST},
    {40000, 39999, 40000, LAST}, /* which setsockopt() does not take */
};

static void each_end_counts_if_it_lies_inside(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct range range = {.first = FIRST, .last = LAST};
        uint32_t own = rows[i].own_first | (uint32_t)rows[i].own_last << 16;

        range_narrow(&range, own);
        assert_int_equal(range.first, rows[i].first);
        assert_int_equal(range.last, rows[i].last);
        assert_int_equal(range.own, own != 0);
    }
}

static void what_was_not_looked_at_stays_so(void **state)
{
    struct range range = {0};

    (void)state;
    range_narrow(&range, 40000 | (uint32_t)40010 << 16);
    assert_int_equal(range.first, 0);
    assert_false(range_has(&range, 40000));
    assert_false(range_has(&range, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_end_counts_if_it_lies_inside),
        cmocka_unit_test(what_was_not_looked_at_stays_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

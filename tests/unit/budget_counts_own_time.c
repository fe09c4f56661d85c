/* A budget counts the time that the thread itself has used, so that a machine that lets it wait
 * does not cut its look short; and yet it ends by the clock. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/budget.h"
#include "base/sys.h"

enum { SHORT_MS = 30, LONG_MS = 100000 };

static void is_there_at_first(void **state)
{
    struct budget budget = budget_of(LONG_MS);

    (void)state;
    assert_false(budget_is_spent(&budget));
    budget = budget_of(0);
    assert_true(budget_is_spent(&budget));
}

static void is_spent_by_work(void **state)
{
    int64_t start_ms = sys_monotonic_ms();
    struct budget budget = budget_of(SHORT_MS);

    (void)state;
    while (!budget_is_spent(&budget))
        ;
    assert_true(sys_monotonic_ms() - start_ms >= SHORT_MS);
}

/* poll() takes no time of the thread's own. */
static void is_not_spent_by_waiting(void **state)
{
    struct budget budget = budget_of(SHORT_MS);
    int64_t now_ms;

    (void)state;
    while ((now_ms = sys_monotonic_ms()) < budget.earliest_ms)
        poll(NULL, 0, (int)(budget.earliest_ms - now_ms));
    if (!budget_is_spent(&budget))
        assert_true(sys_monotonic_ms() >= budget.earliest_ms);
    else
        assert_true(sys_monotonic_ms() >= budget.latest_ms); /* the machine let us wait for long */
}

static void ends_by_the_clock(void **state)
{
    struct budget budget = budget_of(SHORT_MS);
    int64_t now_ms;

    (void)state;
    while ((now_ms = sys_monotonic_ms()) < budget.latest_ms)
        poll(NULL, 0, (int)(budget.latest_ms - now_ms));
    assert_true(budget_is_spent(&budget));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_there_at_first),
        cmocka_unit_test(is_spent_by_work),
        cmocka_unit_test(is_not_spent_by_waiting),
        cmocka_unit_test(ends_by_the_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

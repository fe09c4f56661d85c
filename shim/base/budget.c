#include "base/budget.h"

#include <time.h>

#include "base/sys.h"

static int64_t own_ms(void)
{
    struct timespec used;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) != 0)
        return INT64_MAX; /* spent as soon as the clock on the wall says so */
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

struct budget budget_of(int64_t ms)
{
    int64_t now_ms = sys_monotonic_ms(), used_ms = own_ms();

    return (struct budget){
        .earliest_ms = now_ms + ms,
        .latest_ms = now_ms + ms * BUDGET_STRETCH,
        .own_ms = used_ms < INT64_MAX ? used_ms + ms : used_ms,
    };
}

bool budget_is_spent(const struct budget *budget)
{
    int64_t now_ms = sys_monotonic_ms();

    return now_ms >= budget->earliest_ms &&
           (now_ms >= budget->latest_ms || own_ms() >= budget->own_ms);
}

/* How long a look may take. A budget is in time of the thread's own, so that a busy machine, which
 * lets the thread wait, does not cut a short look shorter still; but the clock on the wall counts
 * in the end: BUDGET_STRETCH times as much goes by at most.
 *
 * Two calls of clock_gettime() make a budget. Asking whether it is spent costs one, without a
 * system call, as long as it cannot be.
 */
#ifndef REUSESHIM_BASE_BUDGET_H
#define REUSESHIM_BASE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

enum { BUDGET_STRETCH = 4 };

/* Milliseconds of CLOCK_MONOTONIC and of CLOCK_THREAD_CPUTIME_ID. */
struct budget {
    int64_t earliest_ms; /* before this no more than the budget has gone by */
    int64_t latest_ms;
    int64_t own_ms;
};

/* A budget of MS that starts now, for the calling thread. */
struct budget budget_of(int64_t ms);

/* To be asked by the thread that made it. */
bool budget_is_spent(const struct budget *budget);

#endif

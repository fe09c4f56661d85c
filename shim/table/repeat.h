/* How often the same failure was met, so that it is looked at and told with measure. The same are
 * address, place in the code (table/walk.h), own options and, once it has been looked at, reason:
 * for one of them a new look at most once a second; the full text once for a reason, and again when
 * the reason changes; in between one short line at 10, 100, 1000... For all of them together, a
 * bounded number of looks. No system call, no heap; a leaf lock (table/lock.h); async-signal-safe.
 */
#ifndef REUSESHIM_TABLE_REPEAT_H
#define REUSESHIM_TABLE_REPEAT_H

#include <stdint.h>

#include "table/walk.h"

enum {
    REPEAT_LOOK_MS = 1000,     /* between two looks at one address */
    REPEAT_ADDRESSES_MAX = 64, /* followed at once; the one not met for longest is given up */
    REPEAT_LOOKS_MAX = 40,     /* looks at different addresses in a row... */
    REPEAT_REFILL_MS = 1000    /* ... and one more for each of these that has passed */
};

/* What to do about a failure. */
enum repeat_step {
    REPEAT_LOOK = 0, /* look at it, then call repeat_conclude() */
    REPEAT_TELL,     /* tell in a short line that it came 'count' times */
    REPEAT_WALK,     /* tell in a line that the program tries one address after the other */
    REPEAT_SILENT,
};

struct repeat {
    enum repeat_step step;
    unsigned int reason; /* enum reason of the last look: of REPEAT_TELL */
    uint64_t count;      /* of REPEAT_WALK: addresses tried */
    uint64_t key;        /* for repeat_conclude() */
};

/* Counts FAILURE at NOW_MS (CLOCK_MONOTONIC). */
struct repeat repeat_count(const struct failed_call *failure, int64_t now_ms);

/* FAILURE comes to be told after all, at the end of a walk: REPEAT_LOOK. */
struct repeat repeat_resume(const struct failed_call *failure);

/* After a look that found REASON: true if that is to be told in full, false if it is known. */
bool repeat_conclude(uint64_t key, unsigned int reason);

/* Is KEY, which is not 0, met for the first time? Of COUNT keys in TOLD, which begins with zeros;
 * of further ones false: enough has been told. No lock. */
bool repeat_is_first(_Atomic uintptr_t *told, size_t count, uintptr_t key);

#endif

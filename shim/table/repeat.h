/* How often the same failure was met, so that it is looked at and told with measure: for one
 * address a new look at most once a second; the full text once for a reason, and again when the
 * reason changes; in between one short line at 10, 100, 1000... And for all addresses together, a
 * bounded number of looks. No system call, no heap; a leaf lock (table/lock.h); async-signal-safe.
 */
#ifndef REUSESHIM_TABLE_REPEAT_H
#define REUSESHIM_TABLE_REPEAT_H

#include <stdint.h>

#include "rules/evidence.h"

enum {
    REPEAT_LOOK_MS = 1000,    /* between two looks at one address */
    REPEAT_ADDRESSES_MAX = 64, /* followed at once; the one not met for longest is given up */
    REPEAT_LOOKS_MAX = 200,   /* looks at different addresses in a row... */
    REPEAT_REFILL_MS = 1000   /* ... and one more for each of these that has passed */
};

/* What to do about a failure. */
enum repeat_step {
    REPEAT_LOOK = 0, /* look at it, then call repeat_conclude() */
    REPEAT_TELL,     /* tell in a short line that it came 'count' times */
    REPEAT_SILENT,
};

struct repeat {
    enum repeat_step step;
    uint64_t count;
    unsigned int reason; /* enum reason of the last look: of REPEAT_TELL */
};

/* Counts one failure of CALL for the socket address LOCAL at NOW_MS (CLOCK_MONOTONIC). */
struct repeat repeat_count(enum call call, enum protocol protocol, const struct endpoint *local,
                           int64_t now_ms);

/* After a look that found REASON: TELL with count 0 = in full, or SILENT as it is known. */
struct repeat repeat_conclude(enum call call, enum protocol protocol,
                              const struct endpoint *local, unsigned int reason);

#endif

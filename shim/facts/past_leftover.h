/* Who left a TIME_WAIT, or another socket that no process has any more; for past_*.c. Reads the
 * range of outgoing ports; else pure. */
#ifndef REUSESHIM_FACTS_PAST_LEFTOVER_H
#define REUSESHIM_FACTS_PAST_LEFTOVER_H

#include "facts/past_candidates.h"

struct past_leftover {
    const struct past_candidate *only; /* the one who must have left it; NULL = in doubt */
    enum answer reuseaddr;             /* as the socket surely has it */
    enum answer reuseport;
};

/* Who of FOUND left HOLDER, as looked at at the time NOW_US. */
struct past_leftover past_leftover(const struct past_candidates *found,
                                   const struct holder *holder, int64_t now_us);

#endif

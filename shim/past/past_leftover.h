/* Who left a TIME_WAIT, or another socket that no process has any more; for past_*.c. Reads the
 * range of outgoing ports; else pure. */
#ifndef REUSESHIM_PAST_PAST_LEFTOVER_H
#define REUSESHIM_PAST_PAST_LEFTOVER_H

#include "past/past_candidates.h"

struct past_leftover {
    const struct past_candidate *only; /* of those seen the one who can have; NULL = in doubt */
    bool sure;                         /* nobody unseen can have left it */
    enum answer reuseaddr;             /* as the socket has it, if so */
    enum answer reuseport;
};

/* Who of FOUND left HOLDER, as looked at at the time NOW_US. */
struct past_leftover past_leftover(const struct past_candidates *found,
                                   const struct holder *holder, int64_t now_us);

#endif

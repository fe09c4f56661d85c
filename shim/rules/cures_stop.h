/* What the cures that stop somebody know of the failure, for their rows and their words. */
#ifndef REUSESHIM_RULES_CURES_STOP_H
#define REUSESHIM_RULES_CURES_STOP_H

#include "rules/cures_parts.h"

enum { PROCESSES_MAX = 1 + OTHERS_NAMED_MAX };

/* The processes that have a socket in the way. */
struct processes {
    int32_t pids[PROCESSES_MAX];
    size_t count;   /* of pids, each once */
    bool complete;  /* false: there are or may be more */
    bool has_first; /* the first process of the system or container is one */
};

struct processes failure_processes(const struct failure *failure);

/* Once these have ended: for how long may what is left of their connections, or was left before,
 * refuse a call with SO_REUSEADDR? -1 = nothing is left; 0 = it lets such a call in. */
int64_t failure_aftermath_ms(const struct failure *failure);

/* Of the decisive holder, which there is. */
const struct vitals *failure_vitals(const struct failure *failure);

/* Does SIGTERM nothing to it? */
bool failure_is_deaf(const struct failure *failure);

/* Who starts the process of HOLDER again. */
struct supervisor holder_supervisor(const struct holder *holder);

#endif

/* The remembered binds that may be about one address, gathered from the histories; for past_*.c.
 */
#ifndef REUSESHIM_PAST_PAST_CANDIDATES_H
#define REUSESHIM_PAST_PAST_CANDIDATES_H

#include "past/past.h"

enum { PAST_CANDIDATES_MAX = 64 };

/* One bind, and of its process what is asked for. */
struct past_candidate {
    struct past_bind bind;
    struct past_binder binder; /* pid 0 = a number of another pid namespace */
    bool holds;            /* its process has the socket now */
    const char *comm;
    const char *exe;
    struct stack stack;    /* without symbols */
};

struct past_candidates {
    size_t count;
    bool complete;         /* no file and no bind was left out, within the time */
    uint32_t skipped;
    struct past_candidate list[PAST_CANDIDATES_MAX]; /* the youngest bind first */
};

/* Gathers the binds to LOCAL's port (any address), to port 0, or to LOCAL's name, of PROTOCOL,
 * made here. Strings live in SCRATCH, as does what is returned; NULL if it is used up. */
struct past_candidates *past_gather(enum protocol protocol, const struct endpoint *local,
                                    const char *folder, struct scratch *scratch);

#endif

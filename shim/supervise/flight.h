/* Calls on their way: let go, and not yet concluded. A value each, in a small table. */
#ifndef REUSESHIM_SUPERVISE_FLIGHT_H
#define REUSESHIM_SUPERVISE_FLIGHT_H

#include "supervise/apply.h"

enum { FLIGHTS_MAX = 64, FLIGHT_FORGET_MS = 5000 };

enum flight_phase {
    FLIGHT_FREE = 0,
    FLIGHT_RUNS,   /* the kernel makes the call; the thread stops on its way out */
    FLIGHT_PAUSES, /* it failed; the thread stands until it makes the call again */
    FLIGHT_AGAIN,  /* it was let go to make the call again, and has not yet */
};

struct flight {
    enum flight_phase phase;
    struct notice notice;
    struct told told;
    struct apply_plan plan;
    uint64_t cookie;      /* of the socket, 0 = not known */
    int64_t started_ms;   /* wait: since when; 0 = it does not wait yet */
    int64_t until_ms;     /* of PAUSES: when it is let go; of AGAIN: when it is forgotten */
    int status;           /* of PAUSES: how the thread has stopped */
    struct user_regs_struct registers;
};

/* A free flight; NULL if all are in use. */
struct flight *flight_take(void);

/* The flight of thread TID, NULL if it has none. */
struct flight *flight_of(int32_t tid);

/* The first whose time has come at NOW_MS, NULL if there is none; NEXT_MS is how long it is until
 * the next one, -1 = there is none. */
struct flight *flight_due(int64_t now_ms, int *next_ms);

/* How many threads are traced now: RUNS and PAUSES. */
unsigned int flight_traced(void);

#endif

/* Walks: programs that try one port after the other until one is free. They expect to fail, so that
 * no more is told than the first WALK_TOLD_MAX failures of a place, and one line that says so; each
 * step after these costs a count. Of a place that has gone on to the next free port no further one
 * is told. But a walk that comes to no end must not hide its failure: the
 * last one is kept, and told at the first call of ours after a pause, or at exit. A bind or listen
 * of that place that works takes it back.
 *
 * A place is where the call returns to: in the program, or in the library that it calls bind by.
 * What one place does with ports and with UNIX names are two walks.
 * No system call, no heap; a leaf lock (table/lock.h), which repeat.c shares; async-signal-safe.
 */
#ifndef REUSESHIM_TABLE_WALK_H
#define REUSESHIM_TABLE_WALK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/rare.h"
#include "rules/evidence.h"
#include "table/descriptor.h"

enum {
    WALK_TOLD_MAX = 3,      /* failures of one place that are told in full in a row... */
    WALK_REFILL_MS = 10000, /* ... and one more for each of these that has passed */
    WALK_PAUSE_MS = 1000,   /* without a failure: the walk is at its end */
    WALK_STEP_MAX = 16,     /* a port that is further away is another service's, not the next */
    WALK_PLACES_MAX = 8     /* followed at once; the one not met for longest is given up */
};

/* One failure of a bind or listen, as it is counted and kept. */
struct failed_call {
    enum call call;
    int fd;
    struct descriptor_word past; /* of FD, as it was at the call */
    uintptr_t place;             /* the return address of the call */
    const void *address;         /* a sockaddr of LENGTH bytes, readable */
    uint32_t length;             /* at most ENDPOINT_SOCKADDR_MAX */
};

/* The lock. It guards numbers and one address that is marked while it is written, so a thread that
 * holds it already (a handler inside its own hook, or after a siglongjmp) may go on. False if it
 * cannot be had in time. */
bool walk_lock(void);
void walk_unlock(void);

/* A call of this thread was left by siglongjmp: gives back the lock that it may have held, and what
 * it was writing. */
void walk_tidy(void);

enum walk_step {
    WALK_TELL = 0, /* no walk yet, or a failure of it that is told */
    WALK_ANNOUNCE, /* this is a walk: to be said, once */
    WALK_SILENT,
};

/* FAILURE, at NOW_MS, is of an address that has not been told of. MAY_TELL: else it is kept in any
 * case. TRIED gets the number of such failures in this walk. Under the lock. */
enum walk_step walk_count(const struct failed_call *failure, int64_t now_ms, bool may_tell,
                          uint64_t *tried);

/* Is FAILURE one more step of a walk that has been announced? Then it is counted and kept, and
 * nothing else is to be done about it. Under the lock. */
bool walk_goes_on(const struct failed_call *failure, int64_t now_ms);

/* FAILURE is of a place that is known to walk: it is kept, and nothing is told of its steps. Takes
 * the lock. */
void walk_expect(const struct failed_call *failure, int64_t now_ms);

/* Keeps FAILURE, looked at and perhaps not told: to be told at the end. Under the lock. */
void walk_keep(const struct failed_call *failure, int64_t now_ms);

/* A failure that is kept. Its 'address' is 'bytes'. */
struct walk_last {
    struct failed_call failure;
    _Alignas(8) unsigned char bytes[ENDPOINT_SOCKADDR_MAX];
};

/* Takes a failure of a walk that has come to its end, at NOW_MS or, with AT_EXIT, by the end of the
 * process. False if there is none; always in a child of fork, for the parent's. Takes the lock. */
bool walk_take_last(int64_t now_ms, bool at_exit, struct walk_last *last);

/* A call of PLACE has worked, on PORT (0 = it has none). Takes the lock. */
void walk_worked(uintptr_t place, uint16_t port);

/* Is anything kept, or a place that has been told of watched for what it does next? One load, for
 * every call that works. Written by walk.c alone. */
extern OURS _Atomic bool walk_keeps;

HOT bool walk_is_open(void)
{
    return atomic_load_explicit(&walk_keeps, memory_order_relaxed);
}

#endif

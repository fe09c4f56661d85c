/* Is this thread under a seccomp filter, which may kill the process for any system call that the
 * program does not make itself? Then nothing may be asked of the kernel but this: one file of
 * /proc, with the calls that every dynamic program has made to get started (openat, read, close);
 * and not even that where the filter was seen to come (hook/filter.h) and forbids it.
 *
 * No heap, no lock; async-signal-safe; some 1.2 KiB of stack; errno is not kept.
 */
#ifndef REUSESHIM_CONFINE_CONFINEMENT_H
#define REUSESHIM_CONFINE_CONFINEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rare.h"

enum { CONFINEMENT_COMM_MAX = 68 }; /* 16 bytes, each written as up to 4, and a NUL */

/* What that file tells, or what is remembered of it. */
struct confinement {
    bool on;
    int32_t mode;                    /* of seccomp, as Linux numbers them; 0 = none */
    int32_t pid;                     /* 0 = not known, as in all that follow */
    int32_t tid;
    int64_t uid;                     /* effective; UID_UNKNOWN = not known */
    int32_t threads;                 /* of the process */
    int32_t anonymous_kib;           /* memory that a copy of the process takes tables for */
    int32_t filters;                 /* seccomp filters; 0 = not known (before Linux 5.9) */
    char comm[CONFINEMENT_COMM_MAX]; /* line ends and backslashes as the kernel writes them here */
};

/* Reads /proc/thread-self/status, if it may. Where it cannot be read this thread is not confined,
 * unless a filter is expected. */
void confinement_look(struct confinement *confinement);

/* Is there such a filter, by the same look? */
bool confinement_is_on(void);

/* A filter is there, or will be in a moment. MAY_LOOK: it does no harm to the three calls above,
 * nor to write(2), with what is told. Of several filters, each has its say. Returns whether it is
 * the first that is known of. */
bool confinement_expect(bool may_look);

/* It was the first, and it failed. */
void confinement_expect_none(void);

/* In a helper, which may be killed: from now on this thread is not confined. */
void confinement_lift(void);

/* Nothing is known that forbids a look, and to tell what was seen. */
bool confinement_may_look(void);

/* A look of this thread may have been left by siglongjmp: closes what it had open. */
void confinement_tidy(void);

/* Around what makes system calls of ours, once in a thread: a filter of another thread, for all
 * threads, waits until it has ended, by confinement_wait() after confinement_expect(). It ends
 * soon: from then on it makes no system call but to tidy up. Which thread was first both agree on:
 * each writes before it reads what the other writes, in the one order of sequential consistency.
 * No clock limits the wait; a thread that has left it without end is given up after WAIT_TURNS_MAX
 * turns of the one that waits. MAY_SLEEP: no filter is there that could forbid ppoll(2). */
void confinement_hold(void);
void confinement_release(void);
void confinement_wait(bool may_sleep);

/* What has become of this thread's last look. Written by itself alone: a handler that interrupts it
 * either keeps out (hook/guard.h) or sees the same. */
extern OURS _Thread_local enum confinement_state {
    CONFINEMENT_FORGOTTEN = 0,
    CONFINEMENT_WANTED,
    CONFINEMENT_SEEN
} confinement_kept;

/* From KEEP = true on, for this thread, the next look is good for those after it; until KEEP =
 * false. A hook keeps what it saw while it tells of one call, not longer. */
HOT void confinement_keep(bool keep)
{
    confinement_kept = keep ? CONFINEMENT_WANTED : CONFINEMENT_FORGOTTEN;
}

#endif

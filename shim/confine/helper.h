/* A look under a filter that may kill: by a helper, which is all that dies.
 *
 * The helper is made by clone(2) without any flag but, where there are other threads, CLONE_FILES:
 * - No exit signal: the program gets no SIGCHLD, and its wait() does not see the helper, which is
 *   reaped by its own number with __WALL.
 * - No CLONE_VM, though the page tables need not be copied then: before Linux 5.16 a core dump ends
 *   every process that shares the memory, and seccomp's KILL_PROCESS dumps core; and what the
 *   helper has half changed when it dies would be the program's. So a process with more memory than
 *   HELPER_MEMORY_MAX_KIB gets none: on an idle machine 1 GiB of touched pages of 4 KiB takes 40
 *   ms to copy, in which no thread can map memory, and as long to give back.
 * - A helper has copies of the program's descriptors, and what another thread closes meanwhile
 *   would stay open. So where there are threads it starts with the program's own, and takes copies
 *   of nothing but what it needs (CLOSE_RANGE_UNSHARE).
 *
 * In the helper all signals are held back, also SIGSYS: a filter that traps ends it, and no handler
 * of the program runs. It dumps no core, and dies with the thread that made it.
 *
 * Two tries: one with every call, then one without those that hardly a server makes. After that, or
 * once no process can be made (EAGAIN, ENOMEM), none is made any more by this process and its
 * children. No heap, no lock; async-signal-safe; errno is not kept.
 */
#ifndef REUSESHIM_CONFINE_HELPER_H
#define REUSESHIM_CONFINE_HELPER_H

#include <stdbool.h>
#include <stddef.h>

#include "confine/confinement.h"

enum { HELPER_MEMORY_MAX_KIB = 512 * 1024 };

/* What a helper is to do. */
struct helper_task {
    int (*run)(void *context); /* in the helper; returns 0 to HELPER_RESULT_MAX */
    void *context;
    const int *keep; /* descriptors that it needs, in any order; -1 is none */
    size_t keep_count;
};

enum { HELPER_RESULT_MAX = 127 };

enum helper_outcome {
    HELPER_DID = 0, /* it ran to its end; or nobody knows whether it did */
    HELPER_KILLED,  /* the filter ended it, and the next one will be */
    HELPER_REFUSED  /* none could be made */
};

/* For this thread, which is confined as NOW has it? Not without a proof, with too much memory, or
 * where it was of no use before. */
bool helper_may_be_made(const struct confinement *now);

/* If so: runs TASK in a helper, and waits for its end. RESULT is what it returned. */
enum helper_outcome helper_run(const struct helper_task *task, const struct confinement *now,
                               int *result);

/* Has a filter ended a helper of this process? */
bool helper_was_killed(void);

/* A call may have been left by siglongjmp while a helper ran: reaps it. */
void helper_tidy(void);

#endif

#include "confine/helper.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/sys.h"
#include "confine/proof.h"
#include "table/lock.h"

/* Of linux/sched.h and linux/close_range.h, which the C library hides or may not have. */
enum { SHARE_DESCRIPTORS = 0x400 /* CLONE_FILES */, UNSHARE = 2 /* CLOSE_RANGE_UNSHARE */ };

/* What a helper may do; less each time one was killed. Relaxed atomics: a thread that has not seen
 * the last change makes one helper more. */
static _Atomic enum { EVERY_CALL = 0, MODEST_CALLS, NO_HELPER } means;
static _Atomic bool killed;

/* Of this thread, while it waits; 0 = none. */
static _Thread_local volatile int32_t waiting_for;

/* No core, by file or by pipe (1 is the limit that both heed); and nobody outlives his maker,
 * keeping ports busy that he had. */
static void make_harmless(void)
{
    const struct rlimit none = {1, 1};
    const struct sys_signals all = sys_signals(~UINT64_C(0), ~UINT64_C(0));

    sys_mask(SIG_SETMASK, &all, NULL);
    if (sys_call(SYS_prlimit64, 0, RLIMIT_CORE, &none, NULL) < 0)
        sys_call(SYS_prctl, PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
    sys_call(SYS_prctl, PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L);
}

/* A table of descriptors of its own, with nothing but what TASK needs. Without these calls it would
 * open and close among the program's descriptors: false. */
static bool keep_only_needed(const struct helper_task *task)
{
    const unsigned int last = ~0U;
    unsigned int first = 0, kept;

    if (sys_call(SYS_close_range, last, last, (long)UNSHARE) < 0)
        return false;
    do {
        kept = last;
        for (size_t i = 0; i < task->keep_count; i++)
            if ((unsigned int)task->keep[i] >= first && (unsigned int)task->keep[i] < kept)
                kept = (unsigned int)task->keep[i];
        if (kept > first)
            sys_call(SYS_close_range, first, kept == last ? last : kept - 1, 0L);
        first = kept + 1;
    } while (kept != last);
    return true;
}

/* How a helper is made. */
struct manner {
    bool shares; /* the program's table of descriptors, at first */
    bool modest;
};

/* Never returns. */
static void live(const struct helper_task *task, const struct confinement *maker,
                 struct manner manner)
{
    int result = HELPER_RESULT_MAX + 1;

    make_harmless();
    sys_place = (struct sys_place){maker->pid, maker->tid, manner.modest};
    if (!manner.shares || keep_only_needed(task)) {
        lock_forget();
        confinement_lift();
        result = task->run(task->context);
    }
    for (;;)
        sys_call(SYS_exit_group, (long)result);
}

static int reap(int32_t helper)
{
    long result;
    int status = 0;

    do
        result = sys_call(SYS_wait4, (long)helper, &status, (long)__WALL, NULL);
    while (result == -EINTR);
    waiting_for = 0;
    return result == helper ? status : 0; /* somebody else reaped it: it may have done its work */
}

void helper_tidy(void)
{
    if (waiting_for != 0)
        reap(waiting_for);
}

/* One helper. Returns its wait status, or -errno. */
static int run_one(const struct helper_task *task, const struct confinement *now,
                   struct manner manner)
{
    /* What the process group is sent while the helper has the program's handlers must not run them
     * a second time. Those of the C library's own (32, 33) are sent to one thread. */
    const struct sys_signals held = sys_signals(~(UINT64_C(3) << 31), ~UINT64_C(0));
    struct sys_signals before;
    long helper;

    if (sys_mask(SIG_BLOCK, &held, &before) < 0)
        return -EPERM;
    helper = sys_call(SYS_clone, manner.shares ? (long)SHARE_DESCRIPTORS : 0L, 0L, 0L, 0L, 0L);
    if (helper == 0)
        live(task, now, manner);
    if (helper > 0)
        waiting_for = (int32_t)helper;
    sys_mask(SIG_SETMASK, &before, NULL);
    return helper > 0 ? reap((int32_t)helper) : (int)helper;
}

bool helper_was_killed(void)
{
    return atomic_load_explicit(&killed, memory_order_relaxed);
}

static enum helper_outcome try_once(const struct helper_task *task, const struct confinement *now,
                                    bool modest, int *result)
{
    struct manner manner = {.shares = now->threads > 1 && !modest, .modest = modest};
    int status = run_one(task, now, manner);

    if (status >= 0 && manner.shares && WIFEXITED(status) &&
        WEXITSTATUS(status) > HELPER_RESULT_MAX) {
        manner.shares = false;
        status = run_one(task, now, manner);
    }
    if (status < 0)
        return HELPER_REFUSED;
    *result = WEXITSTATUS(status);
    return WIFEXITED(status) ? HELPER_DID : HELPER_KILLED;
}

bool helper_may_be_made(const struct confinement *now)
{
    return atomic_load_explicit(&means, memory_order_relaxed) < NO_HELPER && now->pid != 0 &&
           now->anonymous_kib <= HELPER_MEMORY_MAX_KIB && proof_holds(now, true);
}

enum helper_outcome helper_run(const struct helper_task *task, const struct confinement *now,
                               int *result)
{
    enum helper_outcome outcome;
    int step = (int)atomic_load_explicit(&means, memory_order_relaxed);

    do {
        outcome = try_once(task, now, step == MODEST_CALLS, result);
        if (outcome == HELPER_DID)
            return outcome;
        step = outcome == HELPER_REFUSED ? NO_HELPER : step + 1;
        atomic_store_explicit(&means, step, memory_order_relaxed);
        if (outcome == HELPER_KILLED)
            atomic_store_explicit(&killed, true, memory_order_relaxed);
    } while (step < NO_HELPER);
    return outcome;
}

#include "table/lock.h"

#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/sys.h"

enum { PAGE_OF_LOCKS = 4096, CACHE_LINE = 64, PAGE_IS_OURS = 1 };

/* The page that fork wipes. 'state' is PAGE_IS_OURS in the process that made it, 0 in its children.
 */
struct locks {
    struct {
        _Alignas(CACHE_LINE) _Atomic uintptr_t owner; /* 0 = free, else a thread's 'myself' */
    } lock[LOCK_COUNT];
    _Atomic uint32_t state;
    _Atomic uint32_t marks; /* enum lock_mark */
    _Atomic int count;      /* of lock_count() */
};

static struct locks *page; /* written once, by lock_init */

/* Set while a lock is held, in memory that fork does copy. Written by the lock's holder. */
static _Atomic int held[LOCK_COUNT];

/* Its address tells threads apart without a system call. */
static _Thread_local char myself;

void lock_init(bool may_wipe)
{
    struct locks *fresh = sys_map(PAGE_OF_LOCKS);

    if (fresh == NULL)
        return;
    /* Where the kernel cannot wipe, a lock that was held at fork stays held in the child, and what
     * it guards is skipped there. */
    if (may_wipe)
        sys_advise(fresh, PAGE_OF_LOCKS, MADV_WIPEONFORK);
    atomic_store(&fresh->state, PAGE_IS_OURS);
    page = fresh;
}

/* There in a program that was built with the thread sanitizer. It sees our memcpy, but not the
 * atomics of this file, and would take what a lock guards for a race. */
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

static bool try_owner(_Atomic uintptr_t *owner, uintptr_t me)
{
    uintptr_t nobody = 0;

    return atomic_compare_exchange_strong_explicit(owner, &nobody, me, memory_order_acquire,
                                                   memory_order_relaxed);
}

static bool wait_for(_Atomic uintptr_t *owner, uintptr_t me)
{
    unsigned int tries;

    for (tries = 0; tries < LOCK_SPINS_MAX + LOCK_YIELDS_MAX; tries++) {
        if (atomic_load_explicit(owner, memory_order_relaxed) == 0 && try_owner(owner, me))
            return true;
        if (tries >= LOCK_SPINS_MAX)
            sys_call(SYS_sched_yield);
    }
    return false;
}

bool lock_is_mine(unsigned int index)
{
    return page != NULL && atomic_load_explicit(&page->lock[index].owner, memory_order_relaxed) ==
                               (uintptr_t)&myself;
}

bool lock_take(unsigned int index)
{
    uintptr_t me = (uintptr_t)&myself;
    _Atomic uintptr_t *owner;

    if (page == NULL)
        return false;
    owner = &page->lock[index].owner;
    if (!try_owner(owner, me) && (lock_is_mine(index) || !wait_for(owner, me)))
        return false;
    if (__tsan_acquire != NULL)
        __tsan_acquire(&held[index]);
    return true;
}

bool lock_was_torn(unsigned int index)
{
    return atomic_exchange_explicit(&held[index], true, memory_order_relaxed);
}

void lock_release(unsigned int index)
{
    if (__tsan_release != NULL)
        __tsan_release(&held[index]);
    atomic_store_explicit(&held[index], false, memory_order_release);
    atomic_store_explicit(&page->lock[index].owner, 0, memory_order_release);
}

bool lock_in_fork_child(void)
{
    return page != NULL && atomic_load_explicit(&page->state, memory_order_relaxed) == 0;
}

void lock_forget(void)
{
    size_t i;

    for (i = 0; page != NULL && i < LOCK_COUNT; i++)
        atomic_store(&page->lock[i].owner, 0);
}

int lock_count(int change)
{
    return page == NULL ? 0 : atomic_fetch_add(&page->count, change) + change;
}

void lock_mark(enum lock_mark mark)
{
    if (page != NULL)
        atomic_fetch_or(&page->marks, (uint32_t)mark);
}

bool lock_marked(enum lock_mark mark)
{
    return page != NULL && (atomic_load(&page->marks) & (uint32_t)mark) != 0;
}

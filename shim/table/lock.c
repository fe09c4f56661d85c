#include "table/lock.h"

#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/sys.h"

enum { PAGE_OF_LOCKS = 4096, PAGE_IS_OURS = 1 };

struct lock_page *lock_page;
_Atomic int lock_held[LOCK_COUNT];
_Thread_local char lock_myself;

void lock_init(bool may_wipe)
{
    struct lock_page *fresh = sys_map(PAGE_OF_LOCKS);

    if (fresh == NULL)
        return;
    /* Where the kernel cannot wipe, a lock that was held at fork stays held in the child, and what
     * it guards is skipped there. */
    if (may_wipe)
        sys_advise(fresh, PAGE_OF_LOCKS, MADV_WIPEONFORK);
    atomic_store(&fresh->state, PAGE_IS_OURS);
    lock_page = fresh;
}

static bool try_owner(_Atomic uintptr_t *owner, uintptr_t me)
{
    uintptr_t nobody = 0;

    return atomic_compare_exchange_strong_explicit(owner, &nobody, me, memory_order_acquire,
                                                   memory_order_relaxed);
}

bool lock_is_mine(unsigned int index)
{
    return lock_page != NULL && atomic_load_explicit(&lock_page->lock[index].owner,
                                                     memory_order_relaxed) ==
                                    (uintptr_t)&lock_myself;
}

RARE bool lock_wait_for(unsigned int index)
{
    _Atomic uintptr_t *owner = &lock_page->lock[index].owner;
    uintptr_t me = (uintptr_t)&lock_myself;
    unsigned int tries;

    if (lock_is_mine(index))
        return false;
    for (tries = 0; tries < LOCK_SPINS_MAX + LOCK_YIELDS_MAX; tries++) {
        if (atomic_load_explicit(owner, memory_order_relaxed) == 0 && try_owner(owner, me))
            return true;
        if (tries >= LOCK_SPINS_MAX)
            sys_call(SYS_sched_yield);
    }
    return false;
}

void lock_forget(void)
{
    for (size_t i = 0; lock_page != NULL && i < LOCK_COUNT; i++)
        atomic_store(&lock_page->lock[i].owner, 0);
}

int lock_count(int change)
{
    return lock_page == NULL ? 0 : atomic_fetch_add(&lock_page->count, change) + change;
}

void lock_mark(enum lock_mark mark)
{
    if (lock_page != NULL)
        atomic_fetch_or(&lock_page->marks, (uint32_t)mark);
}

bool lock_marked(enum lock_mark mark)
{
    return lock_page != NULL && (atomic_load(&lock_page->marks) & (uint32_t)mark) != 0;
}

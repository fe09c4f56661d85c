/* Locks for the inside of the hooks: short, never waited for without end.
 *
 * bind and listen are async-signal-safe by POSIX, so a handler may call them while its own thread
 * is inside our lock; and a child of fork may inherit a lock whose owner does not exist there. So:
 *  - a thread never waits for a lock that it holds itself: lock_take() refuses;
 *  - nobody waits for longer than LOCK_SPINS_MAX: lock_take() gives up. What was to be recorded is
 *    skipped then, and the caller counts it;
 *  - the locks lie in a page that the kernel wipes in the child of every fork (MADV_WIPEONFORK,
 *    Linux 4.14), fork() or raw clone() alike, so that they are free there. Whether what a lock
 *    guards was being changed just then is told by a mark of its own: see lock_was_torn().
 * A child of vfork shares the parent's memory and thread; to it, its parent's lock is its own.
 *
 * Leaf locks: nothing else is locked while one is held.
 */
#ifndef REUSESHIM_TABLE_LOCK_H
#define REUSESHIM_TABLE_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rare.h"

enum { LOCK_SPINS_MAX = 4000, LOCK_YIELDS_MAX = 200, TABLE_SHARDS = 16 };

/* Every lock of the library, by its number. */
enum lock {
    LOCK_TABLE = 0,                          /* one for each shard of the table */
    LOCK_REPEAT = LOCK_TABLE + TABLE_SHARDS, /* the counts of failures */
    LOCK_RESERVE,                            /* the memory for a record where none can be mapped */
    LOCK_FRAMES,                             /* the addresses that the history has located */
    LOCK_COUNT
};

/* The page that fork wipes. 'state' is 0 in the children of the process that made it. */
struct lock_page {
    struct {
        _Alignas(64) _Atomic uintptr_t owner; /* 0 = free, or a thread's 'lock_myself' */
    } lock[LOCK_COUNT];
    _Atomic uint32_t state;
    _Atomic uint32_t marks; /* enum lock_mark */
    _Atomic int count;      /* of lock_count() */
};
extern OURS struct lock_page *lock_page; /* written once, by lock_init */

/* Set while a lock is held, in memory that fork does copy. Written by the lock's holder. */
extern OURS _Atomic int lock_held[LOCK_COUNT];

/* Its address tells threads apart without a system call. */
extern OURS _Thread_local char lock_myself;

/* INDEX is not free: waits, unless it is this thread's own. */
bool lock_wait_for(unsigned int index);

/* There in a program that was built with the thread sanitizer. It sees our memcpy, but not these
 * atomics, and would take what a lock guards for a race. */
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

HOT void lock_tell_sanitizer(unsigned int index, bool taken)
{
    if (taken && __tsan_acquire != NULL)
        __tsan_acquire(&lock_held[index]);
    if (!taken && __tsan_release != NULL)
        __tsan_release(&lock_held[index]);
}

/* Makes the page of locks. Once, before the first lock_take(); without it no lock can be taken.
 * MAY_WIPE: the kernel may be asked to wipe it on fork (a system call that a seccomp filter may
 * forbid); if not, a lock that is held at fork stays held in the child. */
void lock_init(bool may_wipe);

/* Takes lock INDEX (an enum lock). False if this thread holds it, or if it cannot be had in
 * time. No system call unless somebody else holds it. */
HOT bool lock_take(unsigned int index)
{
    uintptr_t nobody = 0;

    if (lock_page == NULL)
        return false;
    if (!atomic_compare_exchange_strong_explicit(&lock_page->lock[index].owner, &nobody,
                                                 (uintptr_t)&lock_myself, memory_order_acquire,
                                                 memory_order_relaxed) &&
        !lock_wait_for(index))
        return false;
    lock_tell_sanitizer(index, true);
    return true;
}

/* Gives lock INDEX back. */
HOT void lock_release(unsigned int index)
{
    lock_tell_sanitizer(index, false);
    atomic_store_explicit(&lock_held[index], false, memory_order_release);
    atomic_store_explicit(&lock_page->lock[index].owner, 0, memory_order_release);
}

/* To be asked by each taker of INDEX before it touches what the lock guards. True if the lock was
 * held when a fork made this process, by a thread that does not exist here: what it guards may be
 * half changed, and must be made anew. */
HOT bool lock_was_torn(unsigned int index)
{
    bool was = atomic_load_explicit(&lock_held[index], memory_order_relaxed);

    atomic_store_explicit(&lock_held[index], true, memory_order_relaxed); /* we alone write it */
    return was;
}

/* True if this thread holds INDEX: below in a handler that interrupted it, or since it left the
 * call that took it by siglongjmp. For those who guard nothing but numbers, and can go
 * on. */
bool lock_is_mine(unsigned int index);

/* In a helper, a copy of this process that has one thread: all locks are free, as after a fork that
 * wiped their page. */
void lock_forget(void);

/* Adds CHANGE to a count of threads, which is 0 in a child of fork, where these threads are not.
 * Returns it. */
int lock_count(int change);

/* Marks this process; its children of fork are not marked. */
enum lock_mark { LOCK_MARK_FILTER = 1, LOCK_MARK_WALK = 2 };
void lock_mark(enum lock_mark mark);
bool lock_marked(enum lock_mark mark);

/* True in a process that was made by fork (or a clone without shared memory) from one in which
 * lock_init() was called. */
HOT bool lock_in_fork_child(void)
{
    return lock_page != NULL &&
           atomic_load_explicit(&lock_page->state, memory_order_relaxed) == 0;
}

#endif

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

#include <stdbool.h>

enum { LOCK_SPINS_MAX = 4000, LOCK_YIELDS_MAX = 200, TABLE_SHARDS = 16 };

/* Every lock of the library, by its number. */
enum lock {
    LOCK_TABLE = 0,                          /* one for each shard of the table */
    LOCK_REPEAT = LOCK_TABLE + TABLE_SHARDS, /* the counts of failures */
    LOCK_RESERVE,                            /* the memory for a record where none can be mapped */
    LOCK_FRAMES,                             /* the addresses that the history has located */
    LOCK_COUNT
};

/* Makes the page of locks. Once, before the first lock_take(); without it no lock can be taken.
 * MAY_WIPE: the kernel may be asked to wipe it on fork (a system call that a seccomp filter may
 * forbid); if not, a lock that is held at fork stays held in the child. */
void lock_init(bool may_wipe);

/* Takes lock INDEX (an enum lock). False if this thread holds it, or if it cannot be had in
 * time. No system call unless somebody else holds it. */
bool lock_take(unsigned int index);

/* Gives lock INDEX back. */
void lock_release(unsigned int index);

/* To be asked by each taker of INDEX before it touches what the lock guards. True if the lock was
 * held when a fork made this process, by a thread that does not exist here: what it guards may be
 * half changed, and must be made anew. */
bool lock_was_torn(unsigned int index);

/* True if this thread holds INDEX: below in a handler that interrupted it, or since it left the
 * call that took it by siglongjmp. For those who guard nothing but numbers, and may go on all the
 * same. */
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
bool lock_in_fork_child(void);

#endif

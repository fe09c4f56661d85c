/* libunwind's table of places, one for each thread that has walked a stack: 256 KiB, of which a
 * program uses a few entries. libunwind writes to all of it when it makes it; here the pages that
 * hold nothing are given back to the kernel: those of the thread that gets stacks ready. Later ones
 * keep theirs, since a filter may forbid the madvise.
 *
 * An entry is 16 bytes and begins with the code address that it is about, 0 = free; libunwind looks
 * at no more of a free one (1.3 to 1.8, x86-64). What does not look so is left alone.
 */
#ifndef REUSESHIM_UNWIND_WALK_CACHE_H
#define REUSESHIM_UNWIND_WALK_CACHE_H

#include <stddef.h>
#include <sys/types.h>

/* mmap, as libunwind gets it: notes what may be the table of this thread. */
void *walk_cache_map(void *address, size_t size, int protection, int flags, int fd, off_t offset);

/* After a walk: if it made this thread a table, its empty pages are given back. */
void walk_cache_trim(void);

#endif

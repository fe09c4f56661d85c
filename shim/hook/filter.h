/* Has the program put itself under a seccomp filter? It may kill the process for any system call
 * that the program does not make itself, also for one that would tell. So it is noticed when it
 * happens: the program's imports of prctl and syscall, and those of the libraries it was started
 * with (libseccomp), are pointed at functions that see to it, and pass everything on.
 *
 * Before such a call is passed on, all is done that cannot be done any more afterwards: settings
 * are read, stacks are got ready, the history is opened. After it a call that works adds nothing,
 * not even a first time.
 *
 * Not seen are filters of libraries that were opened later, and of system calls in assembler. A
 * filter that was there before the program is known from facts/confinement.h.
 */
#ifndef REUSESHIM_HOOK_FILTER_H
#define REUSESHIM_HOOK_FILTER_H

#include <stdbool.h>

/* The process, or an ancestor since the last exec, has asked for a filter. Stays true if that
 * failed. Written by filter.c alone. */
extern bool filter_is_on;

/* Begins to look out for it. By the constructor, if something that is loaded imports prctl or
 * syscall. */
void filter_watch(void);

#endif

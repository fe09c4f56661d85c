/* Has the program put itself under a seccomp filter? It may kill the process for any system call
 * that the program does not make itself, also for one that would tell. So it is noticed when it
 * happens: the program's imports of prctl and syscall, and those of the libraries it was started
 * with (libseccomp), are pointed at functions that see to it, and pass everything on.
 *
 * Before such a call is passed on, all is done that cannot be done any more afterwards: settings
 * are read, stacks are got ready, the history is opened; and the filter is run (rules/bpf.h) to
 * learn whether a failure may be looked at and told at all. After it a call that works adds
 * nothing, not even a first time.
 *
 * Not seen are filters by a pointer to prctl that was not taken through an import, of libraries
 * that were opened later or whose constructors run before ours, and of system calls in assembler. A
 * filter that was there before the program is known from confine/confinement.h. A thread that is
 * in the midst of telling something when a filter comes for all of them is waited for.
 */
#ifndef REUSESHIM_HOOK_FILTER_H
#define REUSESHIM_HOOK_FILTER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/rare.h"

/* The process, or an ancestor since the last exec, has put one on. Written by filter.c alone, before
 * the filter is there. Other threads read it without an order: who sees it too late is waited for
 * (confinement_wait()), or has no such filter. */
extern OURS _Atomic bool filter_is_on;

/* Begins to look out for it. By the constructor, if something that is loaded imports prctl or
 * syscall. */
void filter_watch(void);

#endif

/* Has the program put itself under a seccomp filter? It may kill the process for any system call
 * that the program does not make itself, also for one that would tell. So it is noticed when it
 * happens: the imports of prctl and syscall, of the program and its libraries (libseccomp), are
 * pointed at functions that see to it, and pass everything on.
 *
 * Before such a call is passed on, all is done that cannot be done any more afterwards: settings
 * are read, stacks are got ready, the history is opened; and the filter is run (rules/bpf.h) to
 * learn whether a failure may be looked at and told at all. After it a call that works adds
 * nothing, not even a first time.
 *
 * Not seen are filters of constructors that run before ours or while dlopen runs, and of system
 * calls in assembler: they are noticed when a call fails, by a look that makes three calls
 * (confine/confinement.h), for which such a filter may kill. Nothing does better: no memory of a
 * process tells of a filter, and what it lets through is answered as without it. A
 * filter that was there before the program is known from confine/confinement.h. A thread that is
 * in the midst of telling something when a filter comes for all of them is waited for.
 */
#ifndef REUSESHIM_HOOK_FILTER_H
#define REUSESHIM_HOOK_FILTER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/rare.h"

/* The process, or an ancestor since the last exec, has put one on. Written by filter.c alone,
 * before the filter is there. Other threads read it without an order: who sees it too late is
 * waited for (confinement_wait()), or has no such filter. */
extern OURS _Atomic bool filter_is_on;

/* It is known not to mind that signals are held back. Written in the same way. */
extern OURS _Atomic bool filter_lets_hold;

/* Begins to look out for it. By the constructor, if something that is loaded imports prctl or
 * syscall; else before the first call below. */
void filter_watch(void);

/* The same in what has been loaded since. */
void filter_watch_loaded(void);

/* What to give the program that asks dlsym, which is LOOKUP, for NAME, if it is one of the two;
 * else NULL. Once filter_watch() has come back. */
void *filter_pointer(void *handle, const char *name, void *(*lookup)(void *, const char *));

#endif

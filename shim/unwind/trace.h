/* Stacks: return addresses only, by libunwind. The only user of libunwind.
 *
 * libunwind is opened at run time with dlopen(RTLD_LOCAL): linked normally, its _Unwind_* would
 * take over the program's C++ exceptions. unwind/stub.h says how it is kept from owning a
 * descriptor; where that cannot be done on this processor, it is never opened.
 *
 * Locks and memory, with libunwind 1.6.2 and 1.8.1, glibc 2.36 and 2.41, on x86-64:
 * - A walk through places that this thread has walked before takes no lock, makes no system call
 *   and needs 4 KiB of stack. Exceptions are stacks with a frame that libunwind can't describe in
 *   its table (a realigned stack, say): they are walked the slow way each time, as below.
 * - A new place takes mutexes of libunwind's own, with all signals blocked (up to 8 system calls;
 *   none in a process of one thread, on the main thread's stack, where a tight seccomp filter may
 *   be), and needs 6 KiB of stack; 11 KiB where an object has no table of its unwind information.
 *   Other processors need more, up to 68 KiB on RISC-V: WALK_STACK in trace.c.
 *   The loader's lock is taken only where the C library has no _dl_find_object (before glibc 2.35).
 * - The first walk of a thread maps 256 KiB for that thread, given back when it ends. The program's
 *   heap is used by pthread_setspecific alone, and only if the program had 32 keys before
 *   trace_warm().
 * - libunwind remembers places for good. A library that is unloaded, and another one loaded that
 *   has a call at the very same address, can mislead a walk.
 */
#ifndef REUSESHIM_UNWIND_TRACE_H
#define REUSESHIM_UNWIND_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/evidence.h"

enum { TRACE_FRAMES_MAX = 16 };

struct trace {
    uint32_t count;
    uintptr_t pc[TRACE_FRAMES_MAX]; /* return addresses, innermost first, without our own frames */
};

/* Opens libunwind and walks one stack, so that later walks neither open, allocate nor lock for the
 * first time. To be called in ordinary context only: not in a signal handler, not in the child of
 * fork, not while another thread may hold the loader's lock for us. Once; later calls do nothing.
 * Returns true if stacks are available from now on. errno and the signal mask are not changed; a
 * pending dlerror() is lost. */
bool trace_warm(void);

/* Whether stacks can be walked, and why not. */
enum stacks trace_stacks(void);
bool trace_available(void); /* it is STACKS_KNOWN */

/* What STACKS_STRANGE_LIBRARY imports, else NULL. Never freed. */
const char *trace_stranger(void);

/* Fills TRACE with the caller's stack; count is 0 where stacks are not available, and in a signal
 * handler that has interrupted a walk of the same thread. Our own frames at its start are left
 * out. errno is not changed. Async-signal-safe in the sense above; the caller sees to it that it
 * is not called in the child of a threaded process's fork, where libunwind's mutexes may be held
 * for ever. MAY_ASK as in stack_has_room(): without room for the walk there is no stack. */
void trace_capture(struct trace *trace, bool may_ask);

#endif

/* Stacks: return addresses only, by libunwind. The only user of libunwind.
 *
 * libunwind is opened at run time with dlopen(RTLD_LOCAL): linked normally, its _Unwind_* would
 * take over the program's C++ exceptions. Its imports of pipe2, write, read, close and syscall are
 * then pointed at our own, so that it never owns a descriptor (a daemon that closes every
 * descriptor would otherwise have its own files read and closed by libunwind).
 */
#ifndef REUSESHIM_MEMORY_TRACE_H
#define REUSESHIM_MEMORY_TRACE_H

#include <stdbool.h>
#include <stdint.h>

enum { TRACE_FRAMES_MAX = 16 };

struct trace {
    uint32_t count;
    uintptr_t pc[TRACE_FRAMES_MAX]; /* return addresses, innermost first, without our own frames */
};

/* Opens libunwind and walks one stack, so that later walks neither open, allocate nor lock for the
 * first time. To be called in ordinary context only: not in a signal handler, not in the child of
 * fork, not while another thread may hold the loader's lock for us. Once; later calls do nothing.
 * Returns true if stacks are available from now on. errno may change. */
bool trace_warm(void);

/* True once trace_warm() has worked. */
bool trace_available(void);

/* Fills TRACE with the caller's stack; count is 0 where stacks are not available. No system call
 * once a stack has been walked from the same place; errno is not changed. Async-signal-safe; the
 * caller sees to it that it is not called in the child of a threaded process's fork. */
void trace_capture(struct trace *trace);

#endif

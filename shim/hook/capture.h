/* The stack of the program's call, where it may be walked. */
#ifndef REUSESHIM_HOOK_CAPTURE_H
#define REUSESHIM_HOOK_CAPTURE_H

#include "hook/next.h"
#include "memory/lock.h"
#include "memory/trace.h"

/* Fills TRACE; empty where stacks are not available, and in the child of a threaded process's
 * fork, where a lock of the loader may be held for ever. errno is kept. */
static inline void capture_stack(struct trace *trace)
{
    trace->count = 0;
    if (!lock_in_fork_child() || next_single_threaded())
        trace_capture(trace);
}

#endif

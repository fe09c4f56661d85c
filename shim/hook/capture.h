/* The stack of the program's call, where it may be walked. */
#ifndef REUSESHIM_HOOK_CAPTURE_H
#define REUSESHIM_HOOK_CAPTURE_H

#include "base/rare.h"
#include "hook/filter.h"
#include "hook/next.h"
#include "table/lock.h"
#include "unwind/trace.h"

/* Fills TRACE; empty where stacks are not available, and in a process of several threads if it is a
 * child of fork, where a lock of the loader may be held for ever, or under a filter of its own, as
 * a thread's first walk takes system calls. errno is kept. */
HOT void capture_stack(struct trace *trace)
{
    trace->count = 0;
    if ((!lock_in_fork_child() && !filter_is_on) || next_single_threaded())
        trace_capture(trace, !filter_is_on);
}

#endif

#include "hook/capture.h"

#include "hook/next.h"
#include "memory/lock.h"

void capture_stack(struct trace *trace)
{
    trace->count = 0;
    if (lock_in_fork_child() && !next_single_threaded())
        return;
    trace_capture(trace);
}

/* From a snapshot to a stack that can be told: by libdw, and for Go by its own tables. For the
 * command: uses the heap. */
#ifndef REUSESHIM_SUPERVISE_UNWINDER_H
#define REUSESHIM_SUPERVISE_UNWINDER_H

#include "base/scratch.h"
#include "rules/evidence.h"
#include "supervise/snapshot.h"

enum { UNWINDER_FRAMES_MAX = 32 };

/* The stack of SNAPSHOT, a thread of process PID, which still runs the same program. Innermost
 * first, from the function on that asked for the call. Strings live in SCRATCH. Empty where it
 * cannot be told. */
struct stack unwinder_stack(const struct snapshot *snapshot, int32_t pid, struct scratch *scratch);

#endif

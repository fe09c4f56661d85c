/* Libraries that are known to try one port after the other: what their steps meet is expected. No
 * system call, no lock held on return; async-signal-safe; errno is not kept. */
#ifndef REUSESHIM_HOOK_WALKER_H
#define REUSESHIM_HOOK_WALKER_H

#include "table/repeat.h"

/* As repeat_count(), at this moment: and nothing is told of a step of a library that is known to
 * walk. */
struct repeat walker_count(const struct failed_call *failure);

#endif

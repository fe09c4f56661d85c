#include "hook/guard.h"

#include <stdint.h>

/* The frame of the hook that this thread is inside of, 0 = none. Of each thread, written by itself
 * alone; a child of vfork shares it with its waiting parent. */
static _Thread_local volatile uintptr_t inside;

/* Stacks grow down, so a handler's call has its frame below the one that it interrupts. A frame that
 * is not below is one that follows: the earlier call was left by siglongjmp, and never will be. (A
 * handler on a stack of its own above ours is taken for that, too; the locks keep it harmless.) */
bool guard_enter(void)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    if (inside != 0 && here < inside)
        return false;
    inside = here;
    return true;
}

void guard_leave(void)
{
    inside = 0;
}

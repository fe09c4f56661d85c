#include "hook/guard.h"

#include <stdint.h>

#include "memory/lock.h"

/* The frame of the hook that this thread is inside of, 0 = none. Of each thread, written by itself
 * alone; a child of vfork shares it with its waiting parent. */
static _Thread_local volatile uintptr_t inside;

bool guard_enter(void)
{
    if (inside != 0 && !lock_left_behind(inside))
        return false;
    inside = (uintptr_t)__builtin_frame_address(0);
    return true;
}

void guard_leave(void)
{
    inside = 0;
}

#include "hook/guard.h"

/* Of each thread, written by itself alone; a child of vfork shares it with its waiting parent. */
static _Thread_local volatile bool inside;

bool guard_enter(void)
{
    if (inside)
        return false;
    inside = true;
    return true;
}

void guard_leave(void)
{
    inside = false;
}

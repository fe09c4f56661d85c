/* Re-entrancy: a signal handler may call bind while its own thread is in the midst of our hook for
 * bind. The inner call goes through and is not recorded.
 */
#ifndef REUSESHIM_HOOK_GUARD_H
#define REUSESHIM_HOOK_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rare.h"
#include "confine/confinement.h"

/* The frame of the hook that this thread is inside of, 0 = none. Of each thread, written by itself
 * alone; a child of vfork shares it with its waiting parent. */
extern OURS _Thread_local volatile uintptr_t guard_inside;

/* Was the call that this thread is inside of left by siglongjmp? Then what it left is tidied up.
 * HERE is the frame that asks. */
bool guard_was_left(uintptr_t here);

/* False if this thread is inside already. Otherwise guard_leave() must follow. */
HOT bool guard_enter(void)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    if (guard_inside != 0 && !guard_was_left(here))
        return false;
    guard_inside = here;
    confinement_keep(true);
    return true;
}

HOT void guard_leave(void)
{
    confinement_keep(false);
    guard_inside = 0;
}

#endif

#include "hook/guard.h"

#include <signal.h>
#include <stdint.h>

#include "base/sys.h"
#include "confine/confinement.h"
#include "confine/helper.h"

/* The frame of the hook that this thread is inside of, 0 = none. Of each thread, written by itself
 * alone; a child of vfork shares it with its waiting parent. */
static _Thread_local volatile uintptr_t inside;

/* Was the call at FRAME left by siglongjmp? Stacks grow down, so a handler that merely interrupts
 * it has its frames, like the one at HERE, below; or on a signal stack of its own. */
static bool left_behind(uintptr_t here, uintptr_t frame)
{
    stack_t stack;

    return here >= frame && (sys_call(SYS_sigaltstack, NULL, &stack) < 0 ||
                             !(stack.ss_flags & SS_ONSTACK));
}

bool guard_enter(void)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    if (inside != 0) {
        if (!left_behind(here, inside))
            return false;
        confinement_tidy();
        helper_tidy();
    }
    inside = here;
    confinement_keep(true);
    return true;
}

void guard_leave(void)
{
    confinement_keep(false);
    inside = 0;
}

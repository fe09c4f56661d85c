#include "hook/guard.h"

#include <signal.h>
#include <stdint.h>

#include "base/sys.h"
#include "confine/confinement.h"
#include "confine/helper.h"

_Thread_local volatile uintptr_t guard_inside;

/* Was the call at FRAME left by siglongjmp? Stacks grow down, so a handler that merely interrupts
 * it has its frames, like the one at HERE, below; or on a signal stack of its own. */
static bool left_behind(uintptr_t here, uintptr_t frame)
{
    stack_t stack;

    return here >= frame && (sys_call(SYS_sigaltstack, NULL, &stack) < 0 ||
                             !(stack.ss_flags & SS_ONSTACK));
}

RARE bool guard_was_left(uintptr_t here)
{
    if (!left_behind(here, guard_inside))
        return false;
    confinement_tidy();
    helper_tidy();
    return true;
}

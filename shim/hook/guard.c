/* Theory of operation
 *
 * A hook may be entered while the same thread is in a hook: a signal handler calls bind(), or what
 * we call ourselves is interposed, too. The inner call must reach the kernel and do nothing else,
 * since tables may be half changed below it. So each thread notes the frame of the hook that it is
 * in.
 *
 * That note has three enemies. A handler may leave the hook by siglongjmp(): then the note stays,
 * and every later call of the thread would be taken for an inner one. Stacks grow down, so a call
 * whose frame is not below the noted one proves that the noted hook is gone; on a signal stack of
 * its own nothing can be told by addresses, so there the note is believed. A fork copies the note
 * into the child, which is right: the child goes on inside of the same hook. And a child of vfork
 * shares it with its parent, which waits; what the child leaves behind is its own call's note,
 * taken back before it ends or calls exec.
 *
 * Threads need no lock here: each writes its own note.
 */
#include "hook/guard.h"

#include <signal.h>
#include <stdint.h>

#include "base/sys.h"
#include "confine/confinement.h"
#include "confine/helper.h"
#include "table/walk.h"

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
    walk_tidy();
    confinement_tidy();
    helper_tidy();
    return true;
}

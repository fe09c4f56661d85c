/* Theory of operation. A call that is told to a listener sleeps until somebody answers; with nobody
 * left to answer it fails with ENOSYS. So two processes share the listener: a supervisor, who
 * serves, and a guardian, its parent, who does nothing but wait. If the supervisor dies, or is
 * stopped, the guardian lets the call go that was being answered, and starts a new supervisor. If
 * the guardian dies, the supervisor starts a new one: it becomes the guardian, and its child goes
 * on serving. The program is neither's child. Both end when no process is left under the filter.
 *
 * What was bound is remembered in memory that both share. The kernel itself writes the notice that
 * is being answered there (supervise/notice.h), so a death at any instruction loses none.
 */
#ifndef REUSESHIM_SUPERVISE_GUARD_H
#define REUSESHIM_SUPERVISE_GUARD_H

#include "rules/settings.h"
#include "supervise/memory.h"

/* Guards and serves LISTENER in this process and its children, to the end. */
_Noreturn void guard_run(int listener, const struct settings *settings,
                         struct memory_shared *memory);

#endif

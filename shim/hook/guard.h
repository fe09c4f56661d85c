/* Re-entrancy: a signal handler may call bind while its own thread is in the midst of our hook for
 * bind. The inner call goes through and is not recorded.
 */
#ifndef REUSESHIM_HOOK_GUARD_H
#define REUSESHIM_HOOK_GUARD_H

#include <stdbool.h>

/* False if this thread is inside already. Otherwise guard_leave() must follow. */
bool guard_enter(void);
void guard_leave(void);

#endif

/* Under a unit's system call filters, may a process be made that looks? It is tried, in a unit of
 * its own with the same filters, since what a filter kills for kills the process that tries. */
#ifndef REUSESHIM_COMMAND_TRIAL_H
#define REUSESHIM_COMMAND_TRIAL_H

#include <stdbool.h>

#include "command/unit.h"

/* Makes such a process under the filters that this process has. Returns their number, 0 if there
 * are none or nothing counts them; -1 if it cannot be made. A filter may kill for it. */
int trial_here(void);

/* Has systemd start `reuseshim systemd --try` under the filters of UNIT, OF_USER by the user's own
 * manager. Returns what trial_here() says there; -1 also where it was killed; 0 also where systemd
 * does not run. */
int trial_of_unit(const struct unit *unit, bool of_user);

#endif

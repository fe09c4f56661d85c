/* Who starts a process again, found among its ancestors, in its environment and its unit. No heap,
 * no lock; errno is not kept. Part of identity_read(). */
#ifndef REUSESHIM_PROC_SUPERVISE_H
#define REUSESHIM_PROC_SUPERVISE_H

#include "proc/process.h"
#include "rules/identity.h"

/* Fills SUPERVISOR for PROCESS, of which pid, comm, exe, cgroup and unit are used, in the folder
 * PROC. Strings live in SCRATCH. */
void supervise_find(int proc, const struct process *process, struct supervisor *supervisor,
                    struct scratch *scratch);

#endif

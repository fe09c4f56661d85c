/* Who starts a process again, found among its ancestors, in its environment and its unit. No heap,
 * no lock; errno is not kept. Part of identity_read(). */
#ifndef REUSESHIM_PROC_SUPERVISE_H
#define REUSESHIM_PROC_SUPERVISE_H

#include "proc/process.h"
#include "proc/step.h"
#include "rules/identity.h"

enum { SUPERVISE_CODE_SIZE = 4096 }; /* bytes of a shell's code that are looked at */

/* To work in. */
struct supervise_room {
    struct step steps[2];
    char code[SUPERVISE_CODE_SIZE];
};

/* Fills SUPERVISOR for PROCESS, of which pid, comm, exe, cgroup and unit are used, and which is the
 * first step in ROOM already; the second is no process's or some process's. Strings live in
 * SCRATCH. */
void supervise_find(struct known *known, const struct process *process,
                    struct supervise_room *room, struct supervisor *supervisor,
                    struct scratch *scratch);

#endif

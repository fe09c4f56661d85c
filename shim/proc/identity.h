/* A process as people know it, read from /proc: command line, program, folder, user, parent, who
 * starts it again, and its container. No heap, no lock; async-signal-safe; errno is not kept. Uses
 * some 15 KiB of scratch, for a while.
 *
 * A file for each ancestor, and some more, are read: to be asked only for processes that are told
 * of.
 */
#ifndef REUSESHIM_PROC_IDENTITY_H
#define REUSESHIM_PROC_IDENTITY_H

#include "proc/known.h"
#include "proc/process.h"
#include "rules/evidence.h"

/* Fills IDENTITY, but for its vitals (proc/vitals.h), for PROCESS, of which pid, comm, exe, uid,
 * cgroup and unit are used. Strings live in SCRATCH. What cannot be seen is left NULL. */
void identity_read(struct known *known, const struct process *process, struct identity *identity,
                   struct scratch *scratch);

/* The same for the process that asks, of which less is told: args, program, cwd and container
 * alone; and its command line as a shell takes it in CALLER's command and folder, which are left
 * alone where it should not be pasted. */
void identity_read_caller(struct known *known, const struct process *process,
                          struct identity *identity, struct caller *caller,
                          struct scratch *scratch);

/* How process PID is related to VIEWER beyond one step, of which SIBLING holds only where both are
 * workers of one parent: forked from it without exec, or started by a launcher that has given each
 * a rank. RELATION_UNKNOWN = not at all. */
enum relation identity_relation(struct known *known, int32_t viewer, int32_t pid);

/* PROC is the open folder /proc. Where the command line or the environment of this process holds
 * PORT as a number of its own: the argument, or the variable's name. NULL = in neither. */
const char *identity_port_in(int proc, uint16_t port, struct scratch *scratch);

#endif

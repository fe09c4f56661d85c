/* Processes, as /proc shows them to us. No heap, no lock, async-signal-safe; errno is not kept.
 * Uses some 3 KiB of stack. Sources: proc(5), Documentation/filesystems/proc.rst.
 */
#ifndef REUSESHIM_PROC_PROCESS_H
#define REUSESHIM_PROC_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/scratch.h"
#include "proc/process_walk.h"

struct process {
    int32_t pid;
    int32_t parent;     /* 0 = none, or not known */
    bool stopped;       /* Ctrl-Z, SIGSTOP, a debugger */
    int64_t uid;        /* effective; -1 = not known */
    int64_t started_us; /* CLOCK_REALTIME; 0 = not known */
    const char *comm;   /* NULL = not known, as in all that follow */
    const char *exe;    /* without " (deleted)" */
    bool exe_deleted;
    const char *cgroup; /* path in the hierarchy that systemd uses */
    const char *unit;   /* the innermost systemd unit of that path */
};

/* Fills PROCESS for process PID of the folder PROC (an open /proc). What cannot be known, or finds
 * no room, is left as said above. Strings live in SCRATCH. */
void process_read(int proc, int32_t pid, struct process *process, struct scratch *scratch);

/* The same for its comm and exe alone; and for these, cgroup and unit. */
void process_read_place(int proc, int32_t pid, struct process *process, struct scratch *scratch);
void process_read_names(int proc, int32_t pid, struct process *process, struct scratch *scratch);

/* The parent of process PID, 0 if it has none or is gone. */
int32_t process_parent(int proc, int32_t pid);

/* The cgroup path that systemd uses among LENGTH bytes of a /proc/PID/cgroup, NULL if none; its
 * length in COUNT. Pure. */
const char *process_cgroup_in(const char *text, size_t length, size_t *count);

/* The last component of a cgroup path of LENGTH bytes that names a systemd unit other than a slice,
 * NULL if none; its length in COUNT. Pure. */
const char *process_unit_in(const char *path, size_t length, size_t *count);

/* The number behind KEY, as "\nTgid:", in the status of process PID; 0 if there is none. */
int32_t process_status_number(int32_t pid, const char *key);

#endif

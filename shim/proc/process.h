/* Processes, as /proc shows them to us. No heap, no lock, async-signal-safe; errno is not kept.
 * Uses some 3 KiB of stack. Sources: proc(5), Documentation/filesystems/proc.rst.
 */
#ifndef REUSESHIM_PROC_PROCESS_H
#define REUSESHIM_PROC_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/scratch.h"

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

/* The folder /proc, to be closed; or -errno: -EXDEV if it shows another pid namespace than ours,
 * whose numbers mean other processes here (unshare --pid without a /proc of its own). */
int process_folder(void);

/* The number of this process in the folder /proc, whichever pid namespace that shows; 0 = not
 * known.
 */
int32_t process_self(int proc);

/* Fills PROCESS for process PID of the folder PROC (an open /proc). What cannot be known, or finds
 * no room, is left as said above. Strings live in SCRATCH. */
void process_read(int proc, int32_t pid, struct process *process, struct scratch *scratch);

/* The same for its comm and exe alone; and for these, cgroup and unit. */
void process_read_place(int proc, int32_t pid, struct process *process, struct scratch *scratch);
void process_read_names(int proc, int32_t pid, struct process *process, struct scratch *scratch);

/* A thread of process PID other than the first, 0 if there is none. A first thread that has ended
 * before the others shows neither descriptors nor executable file, and they do: by "/proc/TID".
 * NAMES is SIZE bytes for use meanwhile, 512 or more. */
int32_t process_thread(int proc, int32_t pid, char *names, size_t size);

/* Has process PID a descriptor that signals are read from (signalfd(2))? True if that cannot be
 * seen: then it may. */
bool process_has_signalfd(int proc, int32_t pid);

/* The parent of process PID, 0 if it has none or is gone. */
int32_t process_parent(int proc, int32_t pid);

/* Adds "PID/NAME" to the SIZE bytes at PATH; returns PATH. SIZE of 64 is enough for names up to 40
 * bytes. */
const char *process_path(char *path, size_t size, int32_t pid, const char *name);

enum { PROCESS_NAMES_SIZE = 8192 }; /* bytes for names on their way from the kernel */

/* Fills PIDS with the processes of the folder PROC in the order of their numbers. Returns how many
 * there are, which may be more than the MAX for which there was room; or -errno. NAMES is
 * PROCESS_NAMES_SIZE bytes for use meanwhile. */
long process_list(int proc, int32_t *pids, size_t max, char *names);

/* Gets each descriptor of a process that is a socket; returns false to end the look. */
struct socket_visitor {
    bool (*visit)(void *context, int32_t fd, uint64_t inode);
    void *context;
};

/* Visits the sockets of process PID in the order of their descriptors. Returns 0 or -errno: -EACCES
 * or -EPERM where it may not be looked at, -ENOENT or -ESRCH where it is gone. */
int process_sockets(int proc, int32_t pid, const struct socket_visitor *visitor, char *names);

/* The inode of the socket that is descriptor FD of process PID; 0 if it is none; or -errno as
 * above, -ENOENT also where there is no such descriptor. One system call. */
int64_t process_socket_at(int proc, int32_t pid, int32_t fd);

/* A handle of process PID (in this process's pid namespace), to be closed; or -errno. The second
 * is that of one of its threads, for a process whose first thread has ended (Linux 6.9). */
int process_open(int32_t pid);
int process_open_thread(int32_t pid);

/* A copy of descriptor FD of the process behind HANDLE, close-on-exec, to be closed; or -errno:
 * -EPERM where it may not be taken (it takes what a debugger needs), -ESRCH where the thread of the
 * handle has ended, -ENOSYS before Linux 5.6. */
int process_copy_descriptor(int handle, int32_t fd);

/* The cgroup path that systemd uses among LENGTH bytes of a /proc/PID/cgroup, NULL if none; its
 * length in COUNT. Pure. */
const char *process_cgroup_in(const char *text, size_t length, size_t *count);

/* The last component of a cgroup path of LENGTH bytes that names a systemd unit other than a slice,
 * NULL if none; its length in COUNT. Pure. */
const char *process_unit_in(const char *path, size_t length, size_t *count);

/* The number behind KEY, as "\nTgid:", in the status of process PID; 0 if there is none. */
int32_t process_status_number(int32_t pid, const char *key);

#endif

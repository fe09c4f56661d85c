/* The folders of /proc: processes, and the descriptors and threads of one. No heap, no lock,
 * async-signal-safe; errno is not kept. Sources: proc(5), pidfd_open(2), pidfd_getfd(2),
 * kcmp(2).
 */
#ifndef REUSESHIM_PROC_PROCESS_WALK_H
#define REUSESHIM_PROC_PROCESS_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The folder /proc, to be closed; or -errno: -EXDEV if it shows another pid namespace than ours,
 * whose numbers mean other processes here (unshare --pid without a /proc of its own). */
int process_folder(void);

/* The number of this process in the folder /proc, whichever pid namespace that shows; 0 = not
 * known.
 */
int32_t process_self(int proc);

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

/* The inode of the socket that is descriptor FD of process PID, in the open folder PROC or, where
 * that is negative, in "/proc"; 0 if it is none; or -errno as above, -ENOENT also where there is no
 * such descriptor. One system call. */
int64_t process_socket_at(int proc, int32_t pid, int32_t fd);

/* Are descriptor FD of process ONE and of process OTHER (both numbers of this process's pid
 * namespace) the same open file? 1 or 0; or -errno: -EPERM where one of them may not be looked at,
 * -EBADF where one has no such descriptor, -ESRCH where one is gone, -ENOSYS where the kernel does
 * not compare, and in a helper, since a filter may kill for this call. One system call (kcmp(2),
 * Linux 3.5), which walks no path of /proc, and so takes a quarter of the time of
 * process_socket_at(). */
int process_share(int32_t one, int32_t other, int32_t fd);

/* A handle of process PID (in this process's pid namespace), to be closed; or -errno. The second
 * is that of one of its threads, for a process whose first thread has ended (Linux 6.9). */
int process_open(int32_t pid);
int process_open_thread(int32_t pid);

/* A copy of descriptor FD of the process behind HANDLE, close-on-exec, to be closed; or -errno:
 * -EPERM where it may not be taken (it takes what a debugger needs), -ESRCH where the thread of the
 * handle has ended, -ENOSYS before Linux 5.6. */
int process_copy_descriptor(int handle, int32_t fd);

/* A thread of process PID other than the first, 0 if there is none. A first thread that has ended
 * before the others shows neither descriptors nor executable file, and they do: by "/proc/TID".
 * NAMES is SIZE bytes for use meanwhile, 512 or more. */
int32_t process_thread(int proc, int32_t pid, char *names, size_t size);

/* Has process PID a descriptor that signals are read from (signalfd(2))? True if that cannot be
 * seen: then it may. */
bool process_has_signalfd(int proc, int32_t pid);

#endif

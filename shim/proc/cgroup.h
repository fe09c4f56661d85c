/* Cgroups by their number, as a socket's row tells it. No heap, no lock, async-signal-safe; errno
 * is not kept. Uses some 2 KiB of stack. Source: Documentation/admin-guide/cgroup-v2.rst.
 */
#ifndef REUSESHIM_PROC_CGROUP_H
#define REUSESHIM_PROC_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { CGROUP_ROOT = 1 }; /* the number of the root of cgroup v2, where everything may be */

/* Fills PIDS with the processes of cgroup v2 ID, which is the inode number of its folder. Returns
 * how many there are, which may be more than the MAX for which there was room; or -errno: -ENOENT
 * where no such folder can be found without looking through all of them. That takes root's right to
 * open a file by its number, or that it is this process's own cgroup (folder PROC). */
long cgroup_processes(int proc, uint64_t id, int32_t *pids, size_t max);

/* Writes the path of cgroup v2 ID below its mount, with a slash in front. No right is needed: the
 * folders of slices and of users' managers are looked through, a limited number of them. Returns
 * false if ID is not among what is in these. */
bool cgroup_path(uint64_t id, struct text *path);

#endif

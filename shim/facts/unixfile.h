/* What the name of a UNIX socket's file leaves open. No heap, no lock; errno is not kept. */
#ifndef REUSESHIM_FACTS_UNIXFILE_H
#define REUSESHIM_FACTS_UNIXFILE_H

#include "base/scratch.h"
#include "base/sys.h"
#include "rules/evidence.h"

/* The folder that LOCAL, a relative path name, starts from: this thread's current one. NULL for
 * every other name, and where it cannot be told or named. Lives in SCRATCH. */
const char *unixfile_folder(const struct endpoint *local, struct scratch *scratch);

/* Fills FILE for PATH, a socket's file, as sock_diag numbers it: with the device of the mount that
 * it is in. stat tells another one on btrfs and on an overlay of several file systems. Where the
 * mount cannot be told (before Linux 5.8, without /proc) it is stat's. Returns 0 or -errno. */
int unixfile_of_path(const char *path, struct sys_file *file);

/* LOCAL is a file that a socket is bound to, but none that this network namespace lists: true if
 * that socket must be in another one. A socket here of a file of the same name, in whatever folder,
 * leaves it open: where unixfile_of_path falls back on stat, the numbers may be of one file. */
bool unixfile_is_elsewhere(const struct endpoint *local);

#endif

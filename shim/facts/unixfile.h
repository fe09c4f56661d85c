/* What the name of a UNIX socket's file leaves open. No heap, no lock; errno is not kept. */
#ifndef REUSESHIM_FACTS_UNIXFILE_H
#define REUSESHIM_FACTS_UNIXFILE_H

#include "base/scratch.h"
#include "rules/evidence.h"

/* The folder that LOCAL, a relative path name, starts from: this thread's current one. NULL for
 * every other name, and where it cannot be told or named. Lives in SCRATCH. */
const char *unixfile_folder(const struct endpoint *local, struct scratch *scratch);

/* LOCAL is a file that a socket is bound to, but none that this network namespace lists: true if
 * that socket must be in another one. A socket here of a file of the same name, in whatever folder,
 * leaves it open: on layered file systems sock_diag and stat tell different numbers of one file. */
bool unixfile_is_elsewhere(const struct endpoint *local);

#endif

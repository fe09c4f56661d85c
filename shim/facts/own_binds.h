/* Which of the binds that this process remembers made which of the holders. Only what the kernel
 * confirms is believed. No heap, no lock held on return; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_OWN_BINDS_H
#define REUSESHIM_FACTS_OWN_BINDS_H

#include "base/scratch.h"
#include "unwind/trace.h"
#include "rules/evidence.h"

/* Fills memory (and options that are not known otherwise) of the holders of EVIDENCE that this
 * process, or its parent before the fork, bound under the eyes of the hooks. */
void own_binds_match(struct evidence *evidence, struct scratch *scratch);

/* The address that FD is bound to, from the table alone: FAMILY_NONE if this process has not been
 * seen to bind it, or to port 0, where the kernel chose another. */
struct endpoint own_binds_local(int fd);

/* The same where the kernel's list may not be asked for (seccomp) or cannot be had (no descriptor
 * left): the holders are made from the table alone, of binds whose descriptor this process has not
 * been seen to open anew, and which is still bound there if that may be asked. */
void own_binds_only(struct evidence *evidence, struct scratch *scratch);

#endif

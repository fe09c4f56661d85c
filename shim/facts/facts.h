/* All that is true about one failure, gathered once, at the time of the failure.
 *
 * Asks the kernel (sockdiag, or procnet where netlink is out of reach), then who owns what it
 * lists (owner), what this process remembers (recall), and only where options are still not known
 * the kernel's own judgement (probe). No heap, no lock held on return; errno is not kept. Leaves no
 * descriptor open.
 */
#ifndef REUSESHIM_FACTS_FACTS_H
#define REUSESHIM_FACTS_FACTS_H

#include "base/scratch.h"
#include "facts/owner.h"
#include "rules/evidence.h"

enum {
    HOLDERS_MAX = 1024,             /* told one by one; further sockets are counted in left_out */
    FACTS_SCRATCH_SIZE = 4 << 20    /* bytes of scratch that suffice for HOLDERS_MAX */
};

/* Fills everything of EVIDENCE but its attempt, which is given. Never fails: what could not be
 * looked at is in visibility and limits. */
void facts_gather(struct evidence *evidence, const struct viewer *viewer,
                  struct scratch *scratch);

/* True if a seccomp filter is on this thread: then nothing may be asked that the program does not
 * ask itself. See facts/confinement.h, which tells more. */
bool facts_confined(void);

#endif

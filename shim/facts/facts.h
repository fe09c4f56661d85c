/* All that is true about one failure, gathered at the time of the failure; nothing is judged here.
 *
 * Asks the kernel (sockdiag, or procnet where netlink is out of reach), then who owns what it
 * lists (owner) and what this process remembers (own_binds). No heap, no lock held on return;
 * errno is not kept. Leaves no descriptor open.
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

/* Fills EVIDENCE, whose attempt is given, and whether it is confined: its holders and how they were
 * found, without what facts_ask() and facts_remember() add. Never fails: what could not be looked
 * at is in visibility and limits. */
void facts_gather(struct evidence *evidence, const struct viewer *viewer,
                  struct scratch *scratch);

/* Does the kernel list the same sockets in the same states as for EVIDENCE? True where that cannot
 * be told. */
bool facts_still_so(const struct evidence *evidence);

/* Asks the kernel QUESTION, and notes the answer in EVIDENCE. */
void facts_ask(struct evidence *evidence, enum question question);

/* Adds what others remember of the holders, which may fill in options that are not known yet. It
 * comes last, since what contradicts the kernel is no memory of these sockets. */
void facts_remember(struct evidence *evidence, const struct viewer *viewer,
                    struct scratch *scratch);

#endif

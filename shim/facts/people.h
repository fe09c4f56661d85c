/* Whom the processes of a failure are known as: those that have the port, and the one that asks
 * for it. Reads some 20 files of /proc for each, so only those that are told of are looked at.
 * No heap, no lock; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_PEOPLE_H
#define REUSESHIM_FACTS_PEOPLE_H

#include "base/scratch.h"
#include "facts/owner.h"
#include "rules/evidence.h"

enum {
    PEOPLE_MAX = 8,        /* processes that are described; the rest keep identity NULL */
    PEOPLE_BUDGET_MS = 60
};

/* Fills identity of the owners of EVIDENCE's holders that refuse the attempt, that of the holder
 * DECISIVE (an index, or more than there are) first; tells their relation to VIEWER beyond one
 * step; and fills unit, cgroup, identity, command and port_in of the caller, if that is this
 * process. After owner_find(). Nothing is looked at under a seccomp filter. */
void people_describe(struct evidence *evidence, size_t decisive, const struct viewer *viewer,
                     struct scratch *scratch);

#endif

/* The end of the search for owners: what the processes that were looked at do not tell. Part of
 * owner_find() (facts/owner.h); apart only because it can be read, and tested, apart.
 */
#ifndef REUSESHIM_FACTS_OWNER_COMPLETE_H
#define REUSESHIM_FACTS_OWNER_COMPLETE_H

#include "rules/evidence.h"

/* How the look at the processes went. */
struct owner_look {
    int proc;     /* the folder /proc, or -errno */
    bool expired; /* the budget was used up, or there were too many processes */
    bool blocked; /* some process may not be looked at */
    bool brief;   /* once all had an owner, of the others only the same number was looked at */
};

/* Gives those of COUNT HOLDERS without an inode their relation, or the owner of their listener. */
void owner_complete_without_inode(struct holder *holders, size_t count);

/* The same, and completes 'others_complete', and adds to
 * LIMITS what LOOK says about those whose owner stays unseen. */
void owner_complete(struct holder *holders, size_t count, const struct owner_look *look,
                    uint32_t *limits);

#endif

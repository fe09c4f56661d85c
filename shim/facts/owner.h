/* Who has a descriptor of a socket: inode -> process, by /proc/PID/fd. And what only the owner's
 * descriptor can tell: the socket's options, by pidfd_open + pidfd_getfd + getsockopt.
 *
 * Every process that may be looked at is looked at in the order of likelihood: ourselves, our
 * relatives, the same program, the socket's cgroup, then the rest. Bounded by a time budget. No
 * heap, no lock; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_OWNER_H
#define REUSESHIM_FACTS_OWNER_H

#include "base/scratch.h"
#include "rules/evidence.h"

enum {
    OWNER_BUDGET_MS = 250,      /* for finding an owner of every holder */
    OWNER_OTHERS_BUDGET_MS = 40 /* for counting further owners once each holder has one */
};

/* From whose place it is looked. */
struct viewer {
    int32_t pid; /* relations are told as seen from this process; 0 = from nobody's */
};

/* Fills owner (and cgroup and unit) of each of COUNT HOLDERS, and sets what limited the look in
 * LIMITS (bits 1 << enum visibility). Holders without an inode get RELATION_NONE (minisockets,
 * orphans) or stay RELATION_UNSEEN (a connection that nobody has accepted yet). Strings live in
 * SCRATCH. Nothing is left open. */
void owner_find(struct holder *holders, size_t count, const struct viewer *viewer,
                struct scratch *scratch, uint32_t *limits);

/* Reads the options, and the device, of every holder whose owner is known, through a short-lived
 * copy of the owner's descriptor. A copy whose SO_COOKIE is not the holder's is not believed.
 * Holders that cannot be read keep what they had; the reason is added to LIMITS. */
void owner_read_options(struct holder *holders, size_t count, uint32_t *limits);

/* Fills CALLER for process PID (its own thread if PID is ourselves). */
void owner_describe(int32_t pid, struct caller *caller, struct scratch *scratch);

#endif

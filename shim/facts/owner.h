/* Who has a descriptor of a socket: inode -> process, by /proc/PID/fd. And what only the owner's
 * descriptor can tell: the socket's options, by pidfd_open + pidfd_getfd + getsockopt.
 *
 * It is looked at in the order of likelihood: ourselves, the socket's cgroup, of few processes the
 * descriptor under which another run of the same program has it, our parent, the processes of its
 * user, of these the same program; of many processes their low descriptors first, as servers have
 * them; the youngest first. Once every socket has an owner, the rest is only asked
 * for the same descriptor number, under which a relative by fork has it. Bounded by a time budget.
 * No heap, no lock; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_OWNER_H
#define REUSESHIM_FACTS_OWNER_H

#include "base/scratch.h"
#include "rules/evidence.h"

enum {
    OWNER_LIKELY_BUDGET_MS = 600, /* for an owner of every holder where owners are likely to be:
                                     5,000 processes, of each seven links of 6 to 15 us */
    OWNER_BUDGET_MS = 250,       /* ... among all descriptors of all processes, from the start */
    OWNER_OTHERS_BUDGET_MS = 40, /* for counting further owners once each holder has one */
    OWNER_OPTIONS_BUDGET_MS = 20 /* for reading options */
};

/* From whose place it is looked. */
struct viewer {
    int32_t pid;         /* relations are told as seen from this process; 0 = from nobody's */
    int32_t fd;          /* to be bound: another run has its socket there; 0 = not known */
    const char *history; /* folder of the histories (past/past.h); NULL = there is none */
    bool unhurried; /* no budget: an owner is found however long that takes */
    void (*waits)(void); /* called now and then while one is looked for; NULL = nobody waits */
    const struct evidence *before; /* a look of a moment ago, whose owners are still so; or NULL */
    /* Adds what the viewer's supervisor remembers of the holders' binds; NULL = it has none */
    void (*recall)(struct evidence *evidence, struct scratch *scratch);
};

/* Fills owner (and cgroup and unit) of each of COUNT HOLDERS, and adds what limited the look to
 * LIMITS (bits 1 << enum visibility), but only if it kept an owner out of sight, or may have kept
 * a further one. Strings live in SCRATCH. Nothing is left open.
 *
 * Of several processes with a descriptor of one socket the owner is the viewer, else its parent,
 * its child, another instance of its program; among equals the one that is the others' parent: a
 * server, not its workers. 'others' counts the rest; 'others_complete' says that every process was
 * looked at; or, with 'others_assumed', that those which were not are unlikely to have it: they may
 * not be looked at, and the socket is our own user's, or that is root; or they have none under the
 * owner's number.
 *
 * Holders without an inode: minisockets and orphans get RELATION_NONE. A connection that nobody has
 * accepted yet lives as long as the listener in whose queue it is, so it gets the owner of a
 * listener among HOLDERS that covers its address, with fd -1 and no 'others'; else RELATION_UNSEEN.
 *
 * RELATION_KERNEL: no process was seen with it, and a part of the kernel says that it has the port
 * (facts/kernel_socket.h); 'comm' is that part's name then, 'pid' 0. RELATION_UNSEEN without any
 * limit: every process was looked at, and none has it. The kernel has it nevertheless: on its
 * way in a message (SCM_RIGHTS), with an io_uring, or in a thread that does not share its
 * descriptors; which of these, nothing in user space can prove. */
void owner_find(struct holder *holders, size_t count, const struct viewer *viewer,
                struct scratch *scratch, uint32_t *limits);

/* Reads the options, and the device, of every holder whose owner and descriptor are known, through
 * a short-lived copy of the owner's descriptor (our own descriptors: directly). A copy that is not
 * the holder's socket, by inode and SO_COOKIE, is not believed. Holders that cannot be read keep
 * what they had; the reason is added to LIMITS. */
void owner_read_options(struct holder *holders, size_t count, uint32_t *limits);

/* Fills CALLER for process PID (its own thread if PID is ourselves). */
void owner_describe(int32_t pid, struct caller *caller, struct scratch *scratch);

#endif

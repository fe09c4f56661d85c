/* The search for owners, from the inside: what facts/owner.c (who has it, and who is nearest) and
 * facts/owner_order.c (where to look first) share. No other file includes it.
 */
#ifndef REUSESHIM_FACTS_OWNER_SEARCH_H
#define REUSESHIM_FACTS_OWNER_SEARCH_H

#include "base/budget.h"
#include "base/sys.h"
#include "facts/owner.h"
#include "facts/owner_complete.h"
#include "proc/process.h"

enum { PIDS_MAX = 128 * 1024 }; /* processes that can be looked at; memory is used as they come */

/* What is known of a holder's owner while the search goes on. */
struct track {
    int32_t parent;    /* of its owner */
    int32_t last_seen; /* the last process that was found to have it */
};

struct search {
    struct holder *holders;
    size_t count;
    const struct viewer *viewer;
    struct scratch *scratch;
    char *names;             /* PROCESS_NAMES_SIZE bytes */
    struct track *tracks;    /* one a holder */
    uint32_t *slots;         /* inode -> holder: indexes + 1, 0 = free; linear probing */
    size_t slot_mask;
    int32_t *pids;           /* still to be looked at; 0 = done, negative = put off */
    bool *asked;             /* one a process: it has none under the viewer's number */
    size_t pid_count;
    int32_t parent;          /* the viewer's */
    int32_t climb;           /* parent of the owner just found: to be looked at next; 0 = none */
    struct sys_file program; /* the viewer's; inode 0 = not known */
    struct process process;  /* that is being looked at; described when first needed */
    bool described;
    enum answer same_program; /* does it run the viewer's? Asked when first needed */
    size_t wanted;            /* holders with an inode */
    size_t missing;          /* ... and without an owner */
    size_t had;              /* ... that the process being looked at has */
    struct budget budget;
    struct budget rest; /* of a look at every descriptor while an owner is missing */
    bool at_rest;       /* that is being made */
    uint32_t visited;        /* descriptors */
    struct owner_look look;
};

/* Is the time used up? Then nothing more is looked at. */
bool search_expired(struct search *search);

/* Is INODE that of a holder? */
bool search_wants(const struct search *search, uint64_t inode);

/* The executable file of PID. Returns 0 or -errno: -ENOENT for the kernel's own threads and for the
 * dead, who have no descriptors either. The search's names may be in use meanwhile. */
int search_program_of(const struct search *search, int32_t pid, struct sys_file *file);

/* Looks at the sockets of PID, up to the one with which it has all that is wanted. SAME_PROGRAM:
 * does it run the viewer's? */
void search_look_at(struct search *search, int32_t pid, enum answer same_program);

/* Looks at the processes, the likely ones first. */
void search_look_around(struct search *search);

static inline bool search_is_refusal(int error)
{
    return error == -EACCES || error == -EPERM;
}

#endif

/* The policy's hand, from outside: options are set on a copy of the program's descriptor, before
 * its call is let go. */
#ifndef REUSESHIM_SUPERVISE_APPLY_H
#define REUSESHIM_SUPERVISE_APPLY_H

#include "supervise/tell.h"

/* What is decided for one bind or listen. */
struct apply_plan {
    const struct policy_rule *rule;
    int domain;
    int type;
};

/* The built-in plan: explain. */
extern const struct apply_plan apply_explain;

/* The rule for the socket FD (a copy) that is about to have TOLD's address; fills its protocol. */
struct apply_plan apply_decide(const struct policy *policy, int fd, struct told *told);

/* Sets on FD what the plan asks for, and tells of it under log. */
void apply_options(const struct apply_plan *plan, int fd, struct told *told);

/* After a setsockopt() of SO_REUSEADDR that worked: puts it back on FD if the plan keeps it. */
void apply_keep(const struct apply_plan *plan, int fd, const struct told *told);

/* unlink: true if the path was a stale UNIX socket and has been removed. */
bool apply_unlink(const struct apply_plan *plan, const struct told *told);

/* wait: true where the plan waits for such a socket at all. */
bool apply_waits(const struct apply_plan *plan);

#endif

/* Bound-only TCP sockets, found by looking into every process's descriptors: for kernels before
 * Linux 6.8, whose own list does not have them. Each socket is looked at through a short-lived copy
 * (pidfd_getfd, Linux 5.6; our own directly), so only what a debugger may see is seen. No heap, no
 * lock; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_UNLISTED_H
#define REUSESHIM_FACTS_UNLISTED_H

#include "facts/sockdiag.h"
#include "rules/evidence.h"

enum { UNLISTED_BUDGET_MS = 250 };

/* Visits the TCP sockets of QUERY that are bound, do not listen and never were connected, each
 * once; the calling process's own first. Sockets that were connected and are not any more are left
 * out: whether they still have their port cannot be told from outside the kernel (it is kept only
 * where the program had chosen it). 'bound_seen' and 'complete': every process was looked at, with
 * all its descriptors, and no such socket was left out. LIMITS gets VISIBILITY_UNPRIVILEGED where
 * some process may not be looked at, VISIBILITY_BUDGET where the time ended (1 << either). */
struct diag_result unlisted_each(const struct diag_query *query, const struct diag_visitor *visitor,
                                 uint32_t *limits);

#endif

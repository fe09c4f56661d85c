/* The policy's hand: what it does to a socket before and after the kernel's answer. Adds system
 * calls only where a rule asks for it. No lock, no heap; async-signal-safe; errno is not kept.
 */
#ifndef REUSESHIM_HOOK_APPLY_H
#define REUSESHIM_HOOK_APPLY_H

#include "hook/explain.h"
#include "rules/policy.h"

/* What is decided for one bind or listen. */
struct plan {
    const struct policy_rule *rule;
    enum protocol protocol;
    int domain;
    int type;
};

/* The rule for MADE's socket and address. The built-in explain where the kernel does not know the
 * descriptor as a socket: its answer is the program's, then. */
struct plan apply_decide(const struct made *made);

/* Sets the options that the plan asks for; tells of it under log. */
void apply_before(const struct plan *plan, const struct made *made);

/* After a setsockopt of SO_REUSEADDR that worked on FD: puts it back if the policy keeps it. */
void apply_keep(int fd, int value);

/* unlink: true if the path was a stale UNIX socket and has been removed, so that bind may be tried
 * again. */
bool apply_unlink(const struct plan *plan, const struct made *made);

/* For how many milliseconds the plan is to wait where the address is in use; 0 = not at all. */
uint32_t apply_waits(const struct plan *plan);

/* wait: true if bind or listen should be tried again, after a pause; false once the time has gone
 * by. STARTED_MS is kept between calls, 0 at first. */
bool apply_wait(const struct plan *plan, int64_t *started_ms);

#endif

/* The words of 'why': one wording for each reason. Inside report/ only. */
#ifndef REUSESHIM_REPORT_HUMAN_WHY_H
#define REUSESHIM_REPORT_HUMAN_WHY_H

#include "rules/verdict.h"

/* What the wordings draw on. */
struct story {
    struct text *text;
    const struct evidence *evidence;
    const struct verdict *verdict;
    const struct attempt *attempt;
    const struct party *want;  /* attempt->socket */
    const struct holder *held; /* that decided; NULL if none did */
    uint64_t count;            /* sockets that refuse, of the same state as held */
};

struct story story_of(struct text *text, const struct evidence *evidence,
                      const struct verdict *verdict);

/* Adds the sentences for the verdict's reason; all of them follow from the evidence. */
void story_why(const struct story *story);

/* The port, or the whole address of what has no port. */
void story_add_port(const struct story *story);

/* "nginx[812] listens on 0.0.0.0:80 (fd 6, ...). It is stopped ...": DOES is the verb. */
void story_add_holder(const struct story *story, const char *does);

/* The kernel's rule as it applies here; each begins with a blank. Why the two addresses overlap,
 * where that is not plain; that both sides need SO_REUSEADDR, and which one lacks it; why no option
 * helps with a path name. */
void rule_overlap(const struct story *story);
void rule_option(const struct story *story);
void rule_path(const struct story *story);

/* The wordings for which story->held is never NULL. */
void why_listening(const struct story *story);
void why_bound_twice(const struct story *story);
void why_bound_idle(const struct story *story);
void why_datagram_held(const struct story *story);
void why_reuseport_owner(const struct story *story);
void why_reuseport_one_sided(const struct story *story);
void why_kernel(const struct story *story);
void why_time_wait(const struct story *story);
void why_closing(const struct story *story);
void why_connections(const struct story *story);
void why_outgoing(const struct story *story);

#endif

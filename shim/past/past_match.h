/* Which bind that some process remembered made which of the holders: own_binds_match() looks into
 * this process's own table, this into the files of all others.
 *
 * A live socket is proved by its process (number and start time), its descriptor and its address;
 * one that was handed down, by the descriptor that the binder has still, or by an heir who cannot
 * have bound it himself. What a dead process left (TIME_WAIT, orphans) carries no proof: it is
 * ascribed to the last process that listened there before it began, and only if nobody else can
 * have left it; or that one is told as the last seen there. In doubt nothing is said. No heap, no
 * lock; errno is not kept.
 */
#ifndef REUSESHIM_PAST_PAST_MATCH_H
#define REUSESHIM_PAST_PAST_MATCH_H

#include "base/scratch.h"
#include "rules/evidence.h"

/* Fills memory, and options that are not known otherwise, of the holders of EVIDENCE that nothing
 * is remembered of yet, from the histories in FOLDER; and EVIDENCE's past_skipped. */
void past_match(struct evidence *evidence, const char *folder, struct scratch *scratch);

/* Fills EVIDENCE's before: that this process has had the address itself, where another one has it
 * now. FOLDER may be NULL: then only this process's own table is asked. */
void past_match_loss(struct evidence *evidence, const char *folder, struct scratch *scratch);

#endif

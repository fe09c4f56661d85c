/* Which machine a record comes from. No heap, no lock; async-signal-safe; errno is not kept. */
#ifndef REUSESHIM_FACTS_ORIGIN_H
#define REUSESHIM_FACTS_ORIGIN_H

#include "base/scratch.h"
#include "rules/evidence.h"

/* Fills in host and boot of CALLER, as far as they can be known, with strings in SCRATCH. */
void origin_describe(struct caller *caller, struct scratch *scratch);

#endif

/* One inquiry into a failure: facts/ looks, rules/ judges, and where the judgement hangs on what
 * only the kernel can tell, facts/ asks it. The only place where the two meet.
 *
 * gather -> deduce -> [ question -> ask -> deduce ]... -> remember -> the same once more -> reach
 *     -> describe the people -> cures
 *
 * What changes meanwhile is never mixed: if the kernel's list is another one at the end, and that
 * could have been taken for a fact, all is looked at anew.
 */
#ifndef REUSESHIM_INQUIRY_INQUIRY_H
#define REUSESHIM_INQUIRY_INQUIRY_H

#include "facts/facts.h"
#include "rules/verdict.h"

/* Fills EVIDENCE, whose attempt (and limits) are given, and reaches VERDICT on it, cures and all.
 * Strings live in SCRATCH. No heap, no lock held on return; errno is not kept. */
void inquiry_make(struct evidence *evidence, struct verdict *verdict, const struct viewer *viewer,
                  struct scratch *scratch);

#endif

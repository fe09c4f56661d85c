/* A failure under a filter from before the start: looked at and told by a helper
 * (confine/helper.h), which has the program's memory and descriptors as copies, and tells in its
 * name.
 */
#ifndef REUSESHIM_HOOK_HELPED_H
#define REUSESHIM_HOOK_HELPED_H

#include <stdbool.h>

#include "hook/explain.h"
#include "hook/say.h"

/* Has a helper do TELL, which returns the reason that it found, or REASON_COUNT. Returns true if
 * that is done, false where this thread is under no filter, or none that a helper could look under.
 */
bool helped_tells(const struct made *made, const struct repeat *repeat,
                  enum reason (*tell)(const struct made *made, const struct repeat *repeat,
                                      struct room *room));

#endif

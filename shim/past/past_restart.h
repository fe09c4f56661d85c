/* Which parent has started the same program before. No heap, no lock; errno is not kept. */
#ifndef REUSESHIM_PAST_PAST_RESTART_H
#define REUSESHIM_PAST_PAST_RESTART_H

#include "base/scratch.h"
#include "rules/evidence.h"

/* Has the live process PARENT started the executable file EXE before, which bound SOCKET's very
 * address and is gone, by the histories in FOLDER? False where that is not known. */
bool past_started_before(const struct party *socket, int32_t parent, const char *exe,
                         const char *folder, struct scratch *scratch);

#endif

/* May a process be made under the seccomp filters that this program was started with?
 *
 * They cannot be read, and one that forbids clone(2) may kill for it. So a process is made only
 * where something proves that it may be:
 * - Somebody tried it under as many filters before the start, and said so (REUSESHIM_HELPER).
 * - This program has made a process by fork(), or was made by one since the last exec.
 * - The filters are a container's: pid 1 has as many, and its /proc has the masks that container
 * engines put over some files. What those put on answers errors; a profile of one's own may kill.
 * None of them holds once there are more filters than at the start. What proves nothing: a thread
 * (a filter may allow no other clone); and that pid 1 has as many where the program is pid 1
 * itself, unless they were counted at its start. Before Linux 5.9 nothing counts them: then there
 * is no proof.
 *
 * Asks with openat, read and close alone, which started the program. No heap, no lock;
 * async-signal-safe but for proof_at_start(); some 5 KiB of stack.
 */
#ifndef REUSESHIM_CONFINE_PROOF_H
#define REUSESHIM_CONFINE_PROOF_H

#include <stdbool.h>

#include "confine/confinement.h"

/* The first look of this process at itself saw NOW, a filter. Once; later calls do nothing. */
void proof_at_start(const struct confinement *now);

/* REUSESHIM_HELPER: under HELPER filters a process can be made; or HELPER_AUTO, HELPER_OFF. */
void proof_of_trial(int helper);

/* fork() has come back to the parent. */
void proof_of_fork(void);

/* Is it proven for this thread, as NOW has it? A fork proves it BY_FORK alone: that one was let
 * through says nothing of other calls. */
bool proof_holds(const struct confinement *now, bool by_fork);

/* Are the filters a container engine's, so that no call kills? */
bool proof_answers(const struct confinement *now);

#endif

/* Names of code that a program makes while it runs, from /tmp/perf-PID.map: each line has a start,
 * a size and a name. Programs write it for perf(1): node --perf-basic-prof, python -X perf, .NET,
 * Ruby, Erlang. No heap, no lock; errno is not kept.
 */
#ifndef REUSESHIM_UNWIND_PERF_MAP_H
#define REUSESHIM_UNWIND_PERF_MAP_H

#include <stddef.h>

#include "base/scratch.h"
#include "rules/evidence.h"

/* Fills symbol and symbol_offset of those PLACES of this process that lie in no module. The file
 * counts only if it is a regular file of this process's user, and was written since this process
 * began. Strings live in SCRATCH. Without such places no call is made. */
void perf_map_name(struct place *places, size_t count, struct scratch *scratch);

#endif

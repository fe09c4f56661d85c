/* Kinship beyond the process tree: did a relative come by fork alone, without exec? Then what it
 * holds it may have from us, or we from it. No heap, no lock; errno is not kept.
 */
#ifndef REUSESHIM_PROC_IMAGE_H
#define REUSESHIM_PROC_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

/* True if process PID has the memory image of this process: the same addresses of code and stack,
 * which exec draws anew. Then STARTED_US is when it was forked (CLOCK_REALTIME, cut to
 * PROCSTAT_TICK_US). False where the addresses are not shown to us. */
bool image_is_ours(int32_t pid, int64_t *started_us);

#endif

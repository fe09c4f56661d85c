/* Kinship beyond the process tree: did a relative come by fork alone, without exec? Then what it
 * holds it may have from us, or we from it. No heap, no lock; errno is not kept.
 */
#ifndef REUSESHIM_PROC_KIN_H
#define REUSESHIM_PROC_KIN_H

#include <stdbool.h>
#include <stdint.h>

/* What tells a forked process from one that called exec. */
struct kin {
    uint64_t code;        /* addresses of /proc/PID/stat (proc(5), startcode and startstack) */
    uint64_t stack;
    uint64_t start_ticks; /* since boot, in BIRTH_TICK_US: when it was forked */
};

/* True if process PID has the memory image of this process: the same addresses of code and stack,
 * which exec draws anew. Then STARTED_US is when it was forked (CLOCK_REALTIME, cut to
 * BIRTH_TICK_US). False where the addresses are not shown to us. */
bool kin_by_fork(int32_t pid, int64_t *started_us);

/* Reads the text of a /proc/PID/stat; false if the addresses are not shown. Pure. */
bool kin_read(const char *stat, struct kin *kin);

#endif

/* /proc/PID/stat, read by one parser. No heap, no lock; async-signal-safe; errno is not kept.
 * Source: proc(5).
 */
#ifndef REUSESHIM_PROC_PROCSTAT_H
#define REUSESHIM_PROC_PROCSTAT_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/answer.h"

enum { PROCSTAT_TICK_US = 10000 }; /* USER_HZ is 100 but on alpha and ia64: asm-generic/param.h */
enum { PROCSTAT_EXITING = 0x4 }; /* PF_EXITING, include/linux/sched.h */

struct procstat {
    char comm[16];
    char state;           /* 'R', 'S', 'D', 'T', 't', 'Z', 'X', ... */
    int32_t parent;       /* 0 = none */
    uint32_t flags;       /* PF_... */
    uint32_t threads;
    uint64_t reaped_faults; /* minor page faults of children that it has waited for: 0 = none yet */
    uint64_t start_ticks; /* since boot, in PROCSTAT_TICK_US */
    uint64_t code;        /* startcode and startstack: 0 or 1 for those who may not trace it */
    uint64_t stack;
};

/* Reads TEXT, the whole of such a file; false if it is none. Pure. */
bool procstat_parse(const char *text, struct procstat *stat);

/* Reads that of process PID (0 = this one) in the folder PROC, an open /proc or -1 for "/proc".
 * Returns 0 or -errno. */
int procstat_read(int proc, int32_t pid, struct procstat *stat);

/* When a process of start time TICKS was started, CLOCK_REALTIME in microseconds. */
int64_t procstat_started_us(uint64_t ticks);

/* Does the process PID that was started at TICKS still live? A zombie does not. UNKNOWN where /proc
 * does not tell, or TICKS is 0 and some process has this number. */
enum answer procstat_lives(int32_t pid, uint64_t ticks);

#endif

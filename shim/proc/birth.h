/* When a process was born, so that a number given out again is not taken for the old process.
 * Reads /proc; no heap, no lock; async-signal-safe; errno is not kept.
 */
#ifndef REUSESHIM_PROC_BIRTH_H
#define REUSESHIM_PROC_BIRTH_H

#include <stdint.h>

#include "rules/answer.h"

enum { BIRTH_TICK_US = 10000 }; /* USER_HZ is 100 but on alpha and ia64: asm-generic/param.h */

/* What /proc/PID/stat tells. */
struct birth {
    int32_t parent;  /* 0 = not known */
    uint64_t ticks;  /* since boot, in BIRTH_TICK_US; 0 = not known */
    char comm[16];   /* "" = not known */
};

/* Reads it for process PID (0 = this one). Returns 0 or -errno. */
int birth_read(int32_t pid, struct birth *birth);

/* When a process of start time TICKS was born, CLOCK_REALTIME in microseconds. */
int64_t birth_us(uint64_t ticks);

/* Does the process PID that was born at TICKS still live? A zombie does not. UNKNOWN where /proc
 * does not tell, or TICKS is 0 and some process has this number. */
enum answer birth_lives(int32_t pid, uint64_t ticks);

/* Fills BOOT with this boot's id, 36 characters and a NUL; "" if it is not told. */
void birth_boot(char boot[40]);

/* The inode of this process's namespace KIND ("net", "pid"), 0 if it is not told. That of one that
 * is gone is soon another's. */
uint64_t birth_namespace(const char *kind);

/* What tells the network namespace of the socket FD from all others of this boot (Linux 5.14), 0 if
 * it is not told. */
uint64_t birth_network_of(int fd);

/* The same of this process; an older kernel's inode, which is below BIRTH_NETWORK_UNIQUE, if that
 * is not told; or 0. Opens a socket for a moment. */
#define BIRTH_NETWORK_UNIQUE (UINT64_C(1) << 63)
uint64_t birth_network(void);

#endif

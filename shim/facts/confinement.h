/* Is this thread under a seccomp filter, which may kill the process for any system call that the
 * program does not make itself? Then nothing may be asked of the kernel but this: one file of
 * /proc, with the calls that every dynamic program has made to get started (openat, read, close).
 *
 * No heap, no lock; async-signal-safe; some 1.2 KiB of stack; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_CONFINEMENT_H
#define REUSESHIM_FACTS_CONFINEMENT_H

#include <stdbool.h>
#include <stdint.h>

enum { CONFINEMENT_COMM_MAX = 68 }; /* 16 bytes, each written as up to 4, and a NUL */

/* What that file tells. All but 'on' are only filled in if it is true. */
struct confinement {
    bool on;
    int32_t pid;                     /* 0 = not known, as in all that follow */
    int32_t tid;
    int64_t uid;                     /* effective; UID_UNKNOWN = not known */
    char comm[CONFINEMENT_COMM_MAX]; /* line ends and backslashes as the kernel writes them here */
};

/* Reads /proc/thread-self/status. Not confined where it cannot be read. */
void confinement_look(struct confinement *confinement);

/* A look of this thread may have been left by siglongjmp: closes what it had open. */
void confinement_tidy(void);

/* From KEEP = true on, for this thread, the next look is good for those after it; until KEEP =
 * false. A hook keeps what it saw while it tells of one call, not longer. */
void confinement_keep(bool keep);

#endif

/* What the supervised programs bound: shared between supervisor and guardian, so that it outlives
 * the one that wrote it. Written by one process at a time; an entry that was being written when
 * that one died has no cookie.
 */
#ifndef REUSESHIM_SUPERVISE_MEMORY_H
#define REUSESHIM_SUPERVISE_MEMORY_H

#include "rules/endpoint.h"
#include "supervise/notice.h"
#include "supervise/snapshot.h"

enum { MEMORY_BINDS_MAX = 512, MEMORY_EXE_MAX = 256 };

/* One bind that worked. */
struct memory_bind {
    uint64_t cookie; /* of the socket; 0 = a free entry */
    int64_t time_us;
    int32_t pid;
    uint64_t start_ticks; /* of the process: tells its number from one given out again */
    char comm[16];
    char exe[MEMORY_EXE_MAX];
    struct snapshot snapshot;
};

struct memory_shared {
    union notice_slot slot;
    int32_t guardian;   /* as they are now; 0 = there is none */
    int32_t supervisor;
    uint32_t next;      /* entry to be written next */
    struct memory_bind binds[MEMORY_BINDS_MAX];
};

/* A fresh area; pages are used as they come. NULL if there is no memory. */
struct memory_shared *memory_open(void);

/* Remembers that process PID bound the socket of COOKIE; returns its snapshot, to be filled. */
struct snapshot *memory_add(struct memory_shared *memory, uint64_t cookie, int32_t pid);

/* The last bind of the socket COOKIE; NULL if it is not remembered. */
const struct memory_bind *memory_find(const struct memory_shared *memory, uint64_t cookie);

#endif

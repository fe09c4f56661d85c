/* What this process bound: a hash table of bound addresses with the stack of the bind.
 *
 * Keyed by protocol, address, port and descriptor, since sockets with SO_REUSEPORT share the rest.
 * An entry is a claim about the past: the descriptor may have been closed, or have moved by dup or
 * fork, without a hook seeing it. So entries are only offered here; facts/own_binds.c checks with
 * the kernel which of them belongs to which socket.
 *
 * Bounded: TABLE_MAX entries, the oldest is given up for a new one; sockets bound to port 0 have
 * a share of their own, so that a client's many cannot push out a server's few. Nothing lives on
 * the program's heap. Split into shards by port, each with a leaf lock (table/lock.h). No system
 * call; async-signal-safe: what cannot be recorded at once is skipped and counted.
 */
#ifndef REUSESHIM_TABLE_TABLE_H
#define REUSESHIM_TABLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "table/descriptor.h"
#include "table/lock.h"
#include "unwind/trace.h"
#include "rules/endpoint.h"

enum {
    TABLE_FIXED_MAX = 1024,    /* entries a shard, bound to a given port or path */
    TABLE_EPHEMERAL_MAX = 64,  /* entries a shard, bound to port 0 */
    TABLE_MAX = TABLE_SHARDS * (TABLE_FIXED_MAX + TABLE_EPHEMERAL_MAX)
};

/* One bind that worked. */
struct bound {
    enum protocol protocol; /* PROTOCOL_NONE if it was not known without asking */
    struct endpoint local;  /* as given to bind: port 0 stays 0 */
    int fd;
    int64_t time_us;        /* CLOCK_REALTIME */
    uint32_t binds;         /* descriptor_binds() of fd from this bind on */
    struct descriptor past; /* of the descriptor, when it was bound */
    struct trace trace;
};

/* Remembers that FD was bound to LOCAL just now, and TRACE, with the descriptor's past as it is:
 * before descriptor_bind() tells of this bind. */
void table_add(enum protocol protocol, const struct endpoint *local, int fd,
               const struct trace *trace);

/* Copies the entries that may be about LOCAL's port (every address) or path into FOUND, at most
 * MAX, the newest first; those bound to port 0 too. Returns their number. */
size_t table_find(enum protocol protocol, const struct endpoint *local, struct bound *found,
                  size_t max);

/* The address that FD was last bound to, if that bind is remembered: what is left to ask where the
 * kernel may not be asked. Port 0 stays 0. False if it is not there. Looks at the whole table. */
bool table_last_of(int fd, struct endpoint *local);

/* Entries now in the table; records skipped since the start, where the lock was taken. */
size_t table_count(void);
uint64_t table_skipped(void);

#endif

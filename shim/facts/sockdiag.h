/* The kernel's own list of sockets, by NETLINK_SOCK_DIAG. Needs no privilege; sees the sockets of
 * every user in the caller's network namespace. Everything is taken from the replies with bounds
 * checked; no heap, no lock, async-signal-safe; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_SOCKDIAG_H
#define REUSESHIM_FACTS_SOCKDIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/conflict.h"

/* One socket, as the kernel lists it. */
struct diag_row {
    enum protocol protocol;
    struct endpoint local;
    struct endpoint remote;  /* FAMILY_NONE where not connected */
    enum socket_state state;
    bool minisocket;         /* listed with the TIME_WAIT timer */
    enum answer v6only;      /* the kernel tells only for AF_INET6 in LISTEN and BOUND */
    uint32_t device;
    uint64_t inode;          /* 0 = it has none */
    int64_t uid;             /* UID_UNKNOWN where the kernel has none to tell: minisockets */
    uint64_t cookie;
    uint64_t cgroup_id;      /* 0 = not told */
    int64_t timer_ms;        /* of the TIME_WAIT timer, else -1 */
    enum answer outgoing;    /* TCP, from tcp_info: did this side connect? Only where asked for */
    uint8_t unix_type;       /* AF_UNIX: SOCK_STREAM... */
    uint64_t file_inode;     /* AF_UNIX: of the path, 0 = no path */
    uint32_t file_device_major;
    uint32_t file_device_minor;
};

/* Gets each row; returns false to stop the dump early. */
struct diag_visitor {
    bool (*visit)(void *context, const struct diag_row *row);
    void *context;
};

struct diag_query {
    enum protocol protocol; /* TCP, UDP, UDPLITE or UNIX */
    uint16_t port;          /* local port, host order; 0 = every port. Not for UNIX */
    uint32_t states;        /* bit 1 << enum socket_state; 0 = every state */
    bool only_inet6;        /* leave out AF_INET */
};

/* What a dump was worth. */
struct diag_result {
    int error;       /* 0, or -errno: no netlink, no diag module (-ENOENT), refused by a filter */
    bool complete;   /* the dump came to its end without an interruption */
    bool bound_seen; /* bound-only TCP sockets are in it, if there are any (Linux 6.8) */
};

/* Visits every socket of QUERY. One netlink socket, one walk of the kernel's tables for both
 * families (TCP: the compatibility request TCPDIAG_GETSOCK, tests/kernel/
 * compat_dump_walks_both_families.c), plus the bound-only ones. Sockets in SYN_RECV are left out:
 * they are not in the bind table. */
struct diag_result sockdiag_each(const struct diag_query *query, const struct diag_visitor *visitor);

/* Reads one netlink message of LENGTH bytes as a row. Returns false if it is none. Pure; for
 * sockdiag_each, unit tests and fuzzing. */
bool sockdiag_row(const void *message, size_t length, struct diag_row *row);

#endif

/* The kernel's own list of sockets, by NETLINK_SOCK_DIAG. Needs no privilege; sees the sockets of
 * every user in the calling thread's network namespace. Everything is taken from the replies with
 * bounds checked; no heap, no lock, async-signal-safe; errno is not kept.
 *
 * MPTCP needs no look of its own: its subflows are in TCP's list under the inode of the MPTCP
 * socket, though not under its cookie (tests/unit/sockdiag_shows_mptcp_by_inode.c).
 */
#ifndef REUSESHIM_FACTS_SOCKDIAG_H
#define REUSESHIM_FACTS_SOCKDIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scratch.h"
#include "rules/conflict.h"

/* One socket, as the kernel lists it. */
struct diag_row {
    struct party socket;     /* of its options v6only alone is told, and only for AF_INET6 in LISTEN
                                and BOUND. uid: UID_UNKNOWN where the kernel has none to tell:
                                minisockets. Of a socket without an inode it is the user that
                                SO_REUSEPORT goes by: before Linux 6.17 always root */
    struct endpoint remote;  /* FAMILY_NONE where not connected. AF_UNIX: its family alone, and not
                                of a datagram socket, which keeps its name to itself */
    uint64_t inode;          /* 0 = it has none */
    uint64_t cookie;
    uint64_t cgroup_id;      /* 0 = not told */
    int64_t timer_ms;        /* of the TIME_WAIT timer, else -1 */
    enum answer outgoing;    /* TCP in ESTABLISHED or CLOSE_WAIT: did this side connect? */
    uint8_t unix_type;       /* AF_UNIX: SOCK_STREAM... */
    uint32_t file_inode;     /* AF_UNIX: low 32 bits of the path's inode, 0 = no path */
    uint32_t file_device_major; /* of the file system; that of stat() may be another (overlayfs) */
    uint32_t file_device_minor;
};

/* Gets each row; returns false to stop the dump early. */
struct diag_visitor {
    bool (*visit)(void *context, const struct diag_row *row);
    void *context;
};

struct diag_query {
    enum protocol protocol; /* TCP, UDP, UDPLITE, UNIX, VSOCK or NETLINK */
    uint16_t port;          /* local port, host order; 0 = every port. Of IP alone */
    uint32_t states;        /* bit 1 << enum socket_state; 0 = every state */
    bool only_inet6;        /* leave out AF_INET */
    struct scratch *scratch; /* lends memory for the replies; NULL = they get a mapping */
};

/* What a dump was worth. */
struct diag_result {
    int error;       /* 0, or -errno: no netlink, no diag module (-ENOENT), refused by a filter */
    bool complete;   /* the dump came to its end without an interruption and was not stopped */
    bool bound_seen; /* bound-only TCP sockets are in it, if there are any and they were asked for:
                        the kernel is Linux 6.8 or later, or one came */
};

/* Visits every socket of QUERY. One netlink socket, one walk of the kernel's tables for both
 * families (TCP: the compatibility request TCPDIAG_GETSOCK, tests/kernel/
 * compat_dump_walks_both_families.c), plus the bound-only ones. Sockets in SYN_RECV are left out:
 * they are not in the bind table. Uses 32 KiB of memory and less than 1 KiB of stack. */
struct diag_result sockdiag_each(const struct diag_query *query,
                                 const struct diag_visitor *visitor);

enum { SOCKDIAG_REQUEST_MAX = 128 }; /* bytes */

/* Writes the request number SEQUENCE for QUERY's sockets of DOMAIN (AF_INET, AF_INET6, AF_UNIX; or
 * AF_UNSPEC: both families at once, TCP only) to MESSAGE of SOCKDIAG_REQUEST_MAX bytes. Returns its
 * length. Pure. */
size_t sockdiag_request(const struct diag_query *query, int domain, uint32_t sequence,
                        void *message);

/* Reads one netlink message of LENGTH bytes as a row of PROTOCOL, which the message itself does not
 * tell. Returns false if it is none, or in SYN_RECV. Pure; for sockdiag_each, unit tests and
 * fuzzing. */
bool sockdiag_row(const void *message, size_t length, enum protocol protocol,
                  struct diag_row *row);

/* The state that the kernel gives the number NUMBER (TCP_ESTABLISHED = 1 ...) in its lists;
 * STATE_UNKNOWN for SYN_RECV and numbers that mean nothing. Pure. */
enum socket_state sockdiag_state(unsigned int number);

/* True if QUERY asks for ROW. Pure. */
bool sockdiag_wants(const struct diag_query *query, const struct diag_row *row);

#endif

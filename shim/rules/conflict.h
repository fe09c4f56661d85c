/* The kernel's rule behind EADDRINUSE for one newcomer and one holder of the same port. Pure.
 *
 * The rule (inet_csk_bind_conflict, inet_bind_conflict, udp_lib_lport_inuse of Linux 6.18; measured
 * by tests/kernel/ and by the matrix of tests/preload/): the newcomer is refused if there is one
 * holder for which all of these hold:
 *   1. the devices meet: one of the two is bound to no device, or both to the same (for TCP no
 *      device meets none in a VRF: facts/apart.h);
 *   2. the addresses overlap;
 *   3. SO_REUSEADDR does not excuse it: it does if both have it and, for TCP, the holder does not
 *      listen;
 *   4. SO_REUSEPORT does not excuse it: it does if both have it and one user owns both, or, for
 *      TCP, the holder is in TIME_WAIT.
 * Options count as they are now, not as they were when the holder was bound.
 *
 * Of several TCP holders each is tested. Of UDP's the kernel looks at the newest first, and the
 * first that counts (1 to 3) decides: it lets the newcomer in by 4, or refuses it
 * (udp_scan_stops_at_first_reuseport_holder of tests/kernel/).
 */
#ifndef REUSESHIM_RULES_CONFLICT_H
#define REUSESHIM_RULES_CONFLICT_H

#include "rules/answer.h"
#include "rules/endpoint.h"

/* States of a socket. The order is that of the names in conflict.c; BOUND is the kernel's CLOSE
 * with a port. */
enum socket_state {
    STATE_UNKNOWN = 0,
    STATE_BOUND, /* has the port, neither listens nor is connected; any UDP socket not connected */
    STATE_LISTEN,
    STATE_SYN_SENT,
    STATE_ESTABLISHED,
    STATE_FIN_WAIT1,
    STATE_FIN_WAIT2,
    STATE_TIME_WAIT,
    STATE_CLOSE_WAIT,
    STATE_LAST_ACK,
    STATE_CLOSING,
    STATE_COUNT
};

/* "LISTEN", "BOUND", ... "UNKNOWN". */
const char *socket_state_name(enum socket_state state);

/* The options of one socket that the rule asks for. */
struct options {
    enum answer reuseaddr;
    enum answer reuseport;
    enum answer v6only; /* means nothing for AF_INET */
};

enum { UID_UNKNOWN = -1 };

/* One socket as the rule sees it. */
struct party {
    enum protocol protocol;
    struct endpoint local;
    struct options options;
    uint32_t device; /* interface index it is bound to, 0 = none */
    enum socket_state state;
    int64_t uid;     /* owner of its inode, or UID_UNKNOWN */
    bool connected;  /* got its address by accept() or connect(): see the shadow address */
    bool minisocket; /* what is left of a closed connection, ending by its timer: TIME_WAIT, and
                      * FIN_WAIT2 without a process */
    bool outlasts;   /* SOCK_DESTROY of this kernel is not known to end what no process has */
};

/* The device that it is bound to, also by the interface of a link-local address; 0 = none. */
uint32_t party_device(const struct party *party);

/* How the addresses of two parties overlap; the names are those of the record. */
enum overlap {
    OVERLAP_NONE = 0,
    OVERLAP_SAME,       /* the same address */
    OVERLAP_WILDCARD,   /* one side is its family's wildcard */
    OVERLAP_DUAL_STACK, /* an IPv6 socket that covers IPv4 against an IPv4 one, or the reverse */
    OVERLAP_MAPPED,     /* ::ffff:a against a */
    OVERLAP_SHADOW,     /* an IPv6 connection's dummy IPv4 address 127.0.0.6 */
    OVERLAP_COUNT
};

/* "same", "wildcard", "dual-stack", "v4-mapped"; NULL for OVERLAP_NONE. The shadow address is a
 * form of dual-stack in the record. */
const char *overlap_name(enum overlap overlap);

struct conflict {
    enum answer refused; /* does this holder refuse this newcomer? */
    enum answer meets;   /* devices and addresses only: would it, if neither had an option? */
    enum answer counts;  /* meets, and SO_REUSEADDR does not excuse it */
    enum answer shares;  /* SO_REUSEPORT excuses it */
    enum overlap overlap;
};

/* What a walk over several holders of UDP gives, the oldest first. */
struct udp_walk {
    enum answer any;     /* does one count? */
    enum answer works;   /* is the newcomer let in? */
};

/* A walk over no holder. */
struct udp_walk udp_walk_begin(void);

/* The walk with a newer holder, CONFLICT, in front. */
struct udp_walk udp_walk_add(struct udp_walk walk, const struct conflict *conflict);

/* Two walks whose holders' order among each other is not known. */
enum answer udp_walk_both(struct udp_walk a, struct udp_walk b);

/* Applies the rule. Ports and protocols are taken as equal, and so are UNIX names; of
 * vsock and netlink, which like UNIX know no options, the numbers are compared. An option that is
 * not known gives ANSWER_UNKNOWN only if the answer depends on it. */
struct conflict conflict_between(const struct party *newcomer, const struct party *holder);

#endif

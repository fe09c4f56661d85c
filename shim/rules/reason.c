/* The words of the verdict: one row for each reason, in the order of the enum. */
#include "rules/verdict.h"

#include <assert.h>
#include <string.h>

/* Characters in place, in this table and others: a pointer would take 32 bytes more, with its
 * relocation. */
static const char ids[][20] = {
    [REASON_UNKNOWN] = "unknown",
    [REASON_BOUND_TWICE] = "bound-twice",
    [REASON_REUSEPORT_OWNER] = "reuseport-owner",
    [REASON_REUSEPORT_ONE_SIDED] = "reuseport-one-sided",
    [REASON_LISTENING] = "listening",
    [REASON_DATAGRAM_HELD] = "datagram-held",
    [REASON_BOUND_IDLE] = "bound-idle",
    [REASON_CONNECTIONS] = "connections",
    [REASON_OUTGOING] = "outgoing",
    [REASON_CLOSING] = "closing",
    [REASON_TIME_WAIT] = "time-wait",
    [REASON_KERNEL] = "kernel",
    [REASON_UNSEEN] = "unseen",
    [REASON_LOST_LISTEN] = "lost-listen",
    [REASON_PORTS_EXHAUSTED] = "ports-exhausted",
    [REASON_UNIX_STALE] = "unix-stale",
    [REASON_UNIX_LIVE] = "unix-live",
    [REASON_UNIX_NOT_A_SOCKET] = "unix-not-a-socket",
    [REASON_UNIX_ABSTRACT] = "unix-abstract",
    [REASON_NETLINK_ID] = "netlink-id",
    [REASON_VSOCK_HELD] = "vsock-held",
    [REASON_SCTP_HELD] = "sctp-held",
    [REASON_ANSWERED_ELSEWHERE] = "answered-elsewhere",
    [REASON_NOT_LOCAL] = "not-local",
    [REASON_LOW_PORT] = "low-port",
    [REASON_GONE] = "gone",
};
static_assert(sizeof ids / sizeof *ids == REASON_COUNT, "one id each");

/* Apart from the ids, so that the library goes without: only the command asks for them. */
static const char meanings[][84] = {
    [REASON_UNKNOWN] = "Nothing that can be seen from user space explains the refusal.",
    [REASON_BOUND_TWICE] =
        "This very program, or a relative that shares its sockets, has the address already.",
    [REASON_REUSEPORT_OWNER] =
        "Both sockets have SO_REUSEPORT, but they belong to different users.",
    [REASON_REUSEPORT_ONE_SIDED] =
        "The new socket has SO_REUSEPORT and the one that holds the port has not.",
    [REASON_LISTENING] = "Another socket listens on an overlapping address.",
    [REASON_DATAGRAM_HELD] = "Another UDP socket has an overlapping address.",
    [REASON_BOUND_IDLE] = "A socket has the address without listening: not yet, or not any more.",
    [REASON_CONNECTIONS] = "Connections that outlive their listener still have the port.",
    [REASON_OUTGOING] = "An outgoing connection uses the port as its own end.",
    [REASON_CLOSING] = "Connections on the port are still being closed.",
    [REASON_TIME_WAIT] = "Closed connections still have the port, until TIME_WAIT ends.",
    [REASON_KERNEL] = "A socket of the kernel's own has the port.",
    [REASON_UNSEEN] = "The port is held, but by whom cannot be seen from here.",
    [REASON_LOST_LISTEN] = "bind worked, but another socket listened on the address first.",
    [REASON_PORTS_EXHAUSTED] = "Port 0 asks for any free port, and none is left for the address.",
    [REASON_UNIX_STALE] = "The socket file is left over: nobody is bound to it.",
    [REASON_UNIX_LIVE] = "A socket is bound to the file.",
    [REASON_UNIX_NOT_A_SOCKET] = "Something that is no socket has that name.",
    [REASON_UNIX_ABSTRACT] = "A socket has that abstract name.",
    [REASON_NETLINK_ID] = "Another netlink socket has that port id (nl_pid).",
    [REASON_VSOCK_HELD] = "Another AF_VSOCK socket has that port.",
    [REASON_SCTP_HELD] = "Another SCTP socket has an overlapping address.",
    [REASON_ANSWERED_ELSEWHERE] =
        "No socket of this system has the port, and bind refuses it all the same.",
    [REASON_NOT_LOCAL] = "The address is none of this machine, or not yet (EADDRNOTAVAIL).",
    [REASON_LOW_PORT] = "The port is one of those that need a right (EACCES).",
    [REASON_GONE] = "Nothing holds the address any more.",
};
static_assert(sizeof meanings / sizeof *meanings == REASON_COUNT, "one sentence each");

static const char lacks_names[][9] = {
    [LACKS_UNKNOWN] = "unknown", [LACKS_NEWCOMER] = "newcomer", [LACKS_HOLDER] = "holder",
    [LACKS_BOTH] = "both",       [LACKS_NEITHER] = "neither",
};
static_assert(sizeof lacks_names / sizeof *lacks_names == LACKS_COUNT, "one name each");

static const char what_if_names[][19] = {
    [IF_NEWCOMER_REUSEADDR] = "newcomer_reuseaddr", [IF_BOTH_REUSEADDR] = "both_reuseaddr",
    [IF_NEWCOMER_REUSEPORT] = "newcomer_reuseport", [IF_BOTH_REUSEPORT] = "both_reuseport",
    [IF_NEWCOMER_V6ONLY] = "newcomer_v6only",
};
static_assert(sizeof what_if_names / sizeof *what_if_names == IF_COUNT, "one name each");

static const char risk_names[][9] = {
    [RISK_NONE] = "",
    [RISK_SAFE] = "safe",
    [RISK_ROOT] = "root",
    [RISK_DISRUPTS] = "disrupts",
};
static_assert(sizeof risk_names / sizeof *risk_names == RISK_COUNT, "one name each");

const char *reason_id(enum reason reason)
{
    return ids[reason];
}

const char *reason_meaning(enum reason reason)
{
    return meanings[reason];
}

enum reason reason_by_id(const char *id)
{
    unsigned int reason;

    for (reason = 0; reason < REASON_COUNT; reason++)
        if (strcmp(ids[reason], id) == 0)
            return (enum reason)reason;
    return REASON_COUNT;
}

const char *lacks_name(enum lacks lacks)
{
    return lacks_names[lacks];
}

const char *what_if_name(enum what_if what_if)
{
    return what_if_names[what_if];
}

const char *risk_name(enum risk risk)
{
    return risk == RISK_NONE ? NULL : risk_names[risk];
}

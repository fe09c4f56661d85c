/* Ends what closed TCP connections have left behind, by SOCK_DESTROY (Linux 4.5, with
 * CONFIG_INET_DIAG_DESTROY). Needs CAP_NET_ADMIN over the network namespace.
 *
 * Only what no process has is ever touched: TIME_WAIT, and connections that were closed here and
 * wait for the other end (FIN_WAIT1, FIN_WAIT2, CLOSING, LAST_ACK without an inode). A connection
 * without an inode in ESTABLISHED or CLOSE_WAIT waits in a live listener's queue. The kernel gets
 * each one's addresses and its cookie, so what has taken its place meanwhile is left alone
 * (tests/kernel/sock_destroy_frees_leftovers.c).
 *
 * Before Linux 6.10 (bac76cf89816, later in older series) SOCK_DESTROY of a connection that no
 * process has takes its timer away and answers 0: it would stay for ever. Whether this kernel does
 * so is tried on a connection of our own over the loopback, and where it does they are left alone.
 *
 * No heap, no lock; errno is not kept; no descriptor is left open.
 */
#ifndef REUSESHIM_COMMAND_DESTROY_H
#define REUSESHIM_COMMAND_DESTROY_H

#include "base/scratch.h"
#include "facts/sockdiag.h"
#include "rules/evidence.h"

/* What became of the leftovers. */
struct destroyed {
    uint32_t by_state[STATE_COUNT]; /* ended, by the state they were in, and not listed since */
    uint32_t total;
    uint32_t kept; /* connections without a process that were left to end by themselves */
    int error; /* 0, or -errno of the look or of the first that could not be ended: -EPERM without
                * the right, -EOPNOTSUPP where the kernel can't */
};

/* True if no process has ROW's socket, and none can get it. Pure. */
bool destroy_is_leftover(const struct diag_row *row);

/* Ends every leftover that meets ATTEMPT (TCP): its addresses overlap. */
struct destroyed destroy_leftovers(const struct attempt *attempt, struct scratch *scratch);

/* Writes the request that ends ROW (SOCK_DESTROY, with an answer asked for) to MESSAGE of
 * SOCKDIAG_REQUEST_MAX bytes. Returns its length. Pure. */
size_t destroy_request(const struct diag_row *row, uint32_t sequence, void *message);

#endif

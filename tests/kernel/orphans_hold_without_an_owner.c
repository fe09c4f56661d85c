/* Rule: after close() a connection that has not ended (FIN_WAIT1, FIN_WAIT2, CLOSING, LAST_ACK)
 * still holds the port, with inode 0: no process can be found or asked. SO_REUSEADDR counts as
 * it was. FIN_WAIT2 becomes a timewait minisocket at once (timer 3).
 * Source: tcp_close(), tcp_orphan_count; tcp_rcv_state_process(), tcp_time_wait(sk,
 * TCP_FIN_WAIT2).
 * Relied on by: the reason `closing`; facts/owner; `relation: none` in the record. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"

static const struct diag_row *only_row(int port, int state)
{
    static struct diag_rows rows;

    net_wait_rows(port, state, 1);
    rows = diag_port(AF_INET, port);
    CHECK_EQ(rows.count, 1, "rows of the port");
    CHECK_EQ(rows.row[0].state, state, "state");
    CHECK_EQ(rows.row[0].inode, 0, "inode of state %d", state);
    return &rows.row[0];
}

static void holds(int port, int reuseaddr)
{
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "no option");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), reuseaddr ? 0 : -EADDRINUSE,
                 "newcomer has SO_REUSEADDR, the orphan's was %d", reuseaddr);
}

/* A peer that reads nothing leaves data, then the FIN, unsent. */
static void fill(int fd)
{
    static char data[1 << 16];

    while (send(fd, data, sizeof data, MSG_DONTWAIT) > 0)
        ;
    CHECK(errno == EAGAIN, "the send buffer is full");
}

static struct net_pair open_pair(int reuseaddr, int *port)
{
    int listener = net_listener("127.0.0.1", 0, reuseaddr, 0);
    struct net_pair pair = net_pair(listener);

    *port = net_port(listener);
    close(listener);
    return pair;
}

int main(void)
{
    net_own_namespace();
    for (int reuseaddr = 0; reuseaddr <= 1; reuseaddr++) {
        int port;
        struct net_pair pair = open_pair(reuseaddr, &port);

        close(pair.server);
        CHECK_EQ(only_row(port, NET_FIN_WAIT2)->timer, 3, "timer of an orphaned FIN_WAIT2");
        holds(port, reuseaddr);

        pair = open_pair(reuseaddr, &port);
        fill(pair.server);
        close(pair.server);
        CHECK(only_row(port, NET_FIN_WAIT1)->timer != 3, "FIN_WAIT1 is a full socket");
        holds(port, reuseaddr);

        pair = open_pair(reuseaddr, &port);
        shutdown(pair.client, SHUT_WR);
        net_wait_rows(port, NET_CLOSE_WAIT, 1);
        fill(pair.server);
        close(pair.server);
        CHECK(only_row(port, NET_LAST_ACK)->timer != 3, "LAST_ACK is a full socket");
        holds(port, reuseaddr);
    }
    return CHECK_PASSED;
}

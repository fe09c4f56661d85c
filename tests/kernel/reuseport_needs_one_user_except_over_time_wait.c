/* Rule: SO_REUSEPORT on both sides excuses only sockets of one user; over a TIME_WAIT the user
 * does not matter. SO_REUSEADDR asks for no user. A connection without a process is of the user
 * that sock_diag tells: before Linux 6.17 that is root, whoever made it.
 * Source: inet_bind_conflict(), "sk2->sk_state == TCP_TIME_WAIT || uid_eq(...)"; sock_i_uid().
 * Relied on by: rules/conflict; the reason `reuseport-owner`; facts/sockdiag. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"

enum { NOBODY = 65534 };

static int try_as(unsigned uid, int (*try)(const char *, int, int, int), int port, int reuseaddr,
                  int reuseport)
{
    int result;

    net_user(uid);
    result = try("127.0.0.1", port, reuseaddr, reuseport);
    net_user(0);
    return result;
}

/* A FIN_WAIT1 of nobody's that no process has. Returns its port, and the user that is told. */
static int orphan(unsigned *told)
{
    static char data[1 << 16];
    struct diag_rows rows;
    struct net_pair pair;
    int listener, port;

    net_user(NOBODY);
    listener = net_listener("127.0.0.1", 0, 0, 1);
    pair = net_pair(listener);
    net_user(0);
    port = net_port(listener);
    close(listener);
    while (send(pair.server, data, sizeof data, MSG_DONTWAIT) > 0)
        ;
    close(pair.server);
    net_wait_rows(port, NET_FIN_WAIT1, 1);
    rows = diag_port(AF_INET, port);
    CHECK_EQ(rows.count, 1, "rows of the port");
    *told = rows.row[0].uid;
    return port;
}

int main(void)
{
    int listener, udp, time_wait, port;
    unsigned told;

    net_own_namespace();
    listener = net_listener("127.0.0.1", 0, 1, 1);
    udp = net_bound_udp("127.0.0.1", 0, 1, 1);
    time_wait = net_time_wait("127.0.0.1", 0, 0, 1);

    CHECK_RESULT(try_as(0, net_try_tcp, net_port(listener), 0, 1), 0, "listener, same user");
    CHECK_RESULT(try_as(NOBODY, net_try_tcp, net_port(listener), 0, 1), -EADDRINUSE,
                 "listener, other user");
    CHECK_RESULT(try_as(0, net_try_udp, net_port(udp), 0, 1), 0, "udp, same user");
    CHECK_RESULT(try_as(NOBODY, net_try_udp, net_port(udp), 0, 1), -EADDRINUSE,
                 "udp, other user");
    CHECK_RESULT(try_as(NOBODY, net_try_udp, net_port(udp), 1, 0), 0,
                 "udp, other user, SO_REUSEADDR on both");
    CHECK_RESULT(try_as(NOBODY, net_try_tcp, time_wait, 0, 1), 0, "TIME_WAIT, other user");
    CHECK_RESULT(try_as(NOBODY, net_try_tcp, time_wait, 0, 0), -EADDRINUSE,
                 "TIME_WAIT, other user, no option");

    port = orphan(&told);
    CHECK(told == NOBODY || told == 0, "the orphan's user, %u", told);
    CHECK_RESULT(net_try_tcp("127.0.0.9", port, 0, 0), 0, "the latch of the listener is cleared");
    CHECK_RESULT(try_as(NOBODY, net_try_tcp, port, 0, 1), told == NOBODY ? 0 : -EADDRINUSE,
                 "orphan of user %u, for nobody", told);
    CHECK_RESULT(try_as(0, net_try_tcp, port, 0, 1), told == 0 ? 0 : -EADDRINUSE,
                 "orphan of user %u, for root", told);
    return CHECK_PASSED;
}

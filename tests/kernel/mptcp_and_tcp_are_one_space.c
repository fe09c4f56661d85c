/* Rule: an MPTCP socket holds its port in TCP's own table, through its subflow. What a listener
 * leaves in TIME_WAIT has the listener's SO_REUSEADDR, as TCP's has.
 * Source: mptcp_bind() binds the first subflow, a TCP socket.
 * Relied on by: rules/conflict (one space for both), facts/sockdiag (the holder is a row of
 * TCP). */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* A restart: what a TCP newcomer with SO_REUSEADDR meets after an MPTCP server. */
static int restart_after(int reuseaddr)
{
    struct net_pair pair;
    int listener = net_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), port;

    net_reuseaddr(listener, reuseaddr);
    CHECK_RESULT(net_bind(listener, "127.0.0.1", 0), 0, "bind mptcp");
    CHECK_RESULT(net_listen(listener), 0, "listen");
    port = net_port(listener);
    pair = net_pair(listener);
    close(listener);
    net_close_server_first(&pair);
    return net_try_tcp("127.0.0.1", port, 1, 0);
}

int main(void)
{
    int holder, wanted, probe = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);

    if (probe < 0)
        skip("no MPTCP in this kernel: %s", check_errno_name(errno));
    close(probe);
    net_own_namespace();
    holder = net_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    CHECK_RESULT(net_bind(holder, "127.0.0.1", 0), 0, "bind mptcp");
    CHECK_RESULT(net_try_tcp("127.0.0.1", net_port(holder), 0, 0), -EADDRINUSE, "tcp after mptcp");
    net_reuseaddr(holder, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", net_port(holder), 1, 0), 0,
                 "tcp after mptcp, both with SO_REUSEADDR");
    wanted = net_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    close(holder);
    holder = net_bound_tcp("127.0.0.1", 0, 0, 0);
    CHECK_RESULT(net_bind(wanted, "127.0.0.1", net_port(holder)), -EADDRINUSE, "mptcp after tcp");
    CHECK_RESULT(restart_after(0), -EADDRINUSE, "after a server without SO_REUSEADDR");
    CHECK_RESULT(restart_after(1), 0, "after a server with SO_REUSEADDR");
    return CHECK_PASSED;
}

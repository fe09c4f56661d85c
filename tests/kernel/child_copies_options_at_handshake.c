/* Rule: accept() gives a socket that has the listener's SO_REUSEADDR, SO_REUSEPORT and device
 * of the moment when the handshake was completed, not of the accept(); its own later
 * setsockopt() counts.
 * Source: inet_csk_clone_lock() in tcp_v4_syn_recv_sock().
 * Relied on by: rules/conflict; memory (what the listener had is what its children have). */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int listener, clients[2], child, port;

    net_own_namespace();
    listener = net_listener("127.0.0.1", 0, 1, 1);
    port = net_port(listener);
    clients[0] = net_tcp("127.0.0.1");
    CHECK_RESULT(net_connect(clients[0], "127.0.0.1", port), 0, "connect");
    net_wait_rows(port, NET_ESTABLISHED, 1);
    net_reuseaddr(listener, 0);
    net_reuseport(listener, 0);
    clients[1] = net_tcp("127.0.0.1");
    CHECK_RESULT(net_connect(clients[1], "127.0.0.1", port), 0, "connect");
    net_wait_rows(port, NET_ESTABLISHED, 2);

    child = net_accept(listener);
    CHECK_EQ(net_get(child, SOL_SOCKET, SO_REUSEADDR), 1, "first child's SO_REUSEADDR");
    CHECK_EQ(net_get(child, SOL_SOCKET, SO_REUSEPORT), 1, "first child's SO_REUSEPORT");
    close(child);
    child = net_accept(listener);
    CHECK_EQ(net_get(child, SOL_SOCKET, SO_REUSEADDR), 0, "second child's SO_REUSEADDR");
    CHECK_EQ(net_get(child, SOL_SOCKET, SO_REUSEPORT), 0, "second child's SO_REUSEPORT");
    close(listener);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), -EADDRINUSE, "the second child refuses");
    net_reuseaddr(child, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), 0, "the second child has set it itself");
    return CHECK_PASSED;
}

/* Rule: a connection accepted by a wildcard listener holds the port on its own local address
 * only.
 * Source: tcp_v4_syn_recv_sock(), "newinet->inet_rcv_saddr = ireq->ir_loc_addr".
 * Relied on by: rules/conflict and verdict: another address is a way out while connections
 * last. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    struct net_pair pair;
    int listener, port;

    net_own_namespace();
    listener = net_listener("0.0.0.0", 0, 0, 0);
    port = net_port(listener);
    CHECK_RESULT(net_try_tcp("127.0.0.2", port, 0, 0), -EADDRINUSE, "while the listener lives");
    pair = net_pair(listener);
    close(listener);
    CHECK_RESULT(net_try_tcp("127.0.0.2", port, 0, 0), 0, "another address");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "the connection's address");
    CHECK_RESULT(net_try_tcp("0.0.0.0", port, 0, 0), -EADDRINUSE, "the wildcard");
    net_close_server_first(&pair);
    CHECK_RESULT(net_try_tcp("127.0.0.2", port, 0, 0), 0, "another address, TIME_WAIT");
    CHECK_RESULT(net_try_tcp("0.0.0.0", port, 0, 0), -EADDRINUSE, "the wildcard, TIME_WAIT");
    return CHECK_PASSED;
}

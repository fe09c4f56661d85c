/* Rule: listen() runs the check of bind() again with the options of now. It fails with
 * EADDRINUSE if another socket on an overlapping address listened first, or if a flag was
 * cleared. The socket stays bound and may try again.
 * Source: inet_csk_listen_start() calls sk->sk_prot->get_port() after setting TCP_LISTEN.
 * Relied on by: the reason `lost-listen`; hook/calls (listen is explained as bind is). */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int first, second, port;

    net_own_namespace();
    first = net_bound_tcp("127.0.0.1", 0, 1, 0);
    port = net_port(first);
    second = net_bound_tcp("0.0.0.0", port, 1, 0);
    CHECK_RESULT(net_listen(first), 0, "the first listen");
    CHECK_RESULT(net_listen(second), -EADDRINUSE, "the second listen");
    CHECK_EQ(net_port(second), port, "the loser is still bound to the port");
    CHECK_EQ(net_get(second, SOL_SOCKET, SO_ACCEPTCONN), 0, "the loser does not listen");
    close(first);
    CHECK_RESULT(net_listen(second), 0, "the second listen, tried again");
    close(second);

    first = net_bound_tcp("127.0.0.1", port, 1, 0);
    second = net_bound_tcp("127.0.0.1", port, 1, 0);
    net_reuseaddr(first, 0);
    CHECK_RESULT(net_listen(second), -EADDRINUSE, "the other's flag was cleared since");
    CHECK_RESULT(net_listen(first), -EADDRINUSE, "its own flag was cleared since");
    net_reuseaddr(first, 1);
    CHECK_RESULT(net_listen(second), 0, "the flag is back");
    return CHECK_PASSED;
}

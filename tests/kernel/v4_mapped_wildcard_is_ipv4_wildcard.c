/* Rule: ::ffff:0.0.0.0 is all of IPv4 and nothing of IPv6; a connection accepted through an
 * IPv6 socket over IPv4 has a v4-mapped address and meets IPv4 sockets.
 * Source: inet_rcv_saddr_equal() with IPV6_ADDR_MAPPED; tcp_v6_mapped_child_init().
 * Relied on by: rules/endpoint; facts/sockdiag, which must ask AF_INET6 for these rows. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"

int main(void)
{
    int listener, client, server, port;

    net_own_namespace();
    listener = net_tcp("::");
    net_v6only(listener, 0);
    CHECK_RESULT(net_bind(listener, "::ffff:0.0.0.0", 0), 0, "bind");
    CHECK_RESULT(net_listen(listener), 0, "listen");
    port = net_port(listener);
    CHECK_RESULT(net_try_tcp("0.0.0.0", port, 0, 0), -EADDRINUSE, "0.0.0.0");
    CHECK_RESULT(net_try_tcp("127.0.0.9", port, 0, 0), -EADDRINUSE, "an IPv4 address");
    CHECK_RESULT(net_try_tcp("::1", port, 0, 0), 0, "an IPv6 address");

    client = net_tcp("127.0.0.1");
    CHECK_RESULT(net_connect(client, "127.0.0.1", port), 0, "connect over IPv4");
    server = net_accept(listener);
    close(listener);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "the child's IPv4 address");
    CHECK_RESULT(net_try_tcp("127.0.0.2", port, 0, 0), 0, "another IPv4 address");
    CHECK_EQ(diag_port(AF_INET, port).count, 0, "rows of AF_INET");
    CHECK_EQ(diag_port(AF_INET6, port).count, 1, "rows of AF_INET6");
    close(server);
    return CHECK_PASSED;
}

/* Rule: connect() and sendto() that find no port for an unbound socket give EADDRNOTAVAIL (TCP)
 * or EAGAIN (UDP), never EADDRINUSE; and connect() takes no port that some bind() holds.
 * Source: __inet_hash_connect(); inet_autobind().
 * Relied on by: the choice of hooks: only bind and listen can fail with EADDRINUSE. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int server, holder, udp, client;

    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
    server = net_listener("127.0.0.1", 20001, 0, 0);
    holder = net_bound_tcp("127.0.0.9", 40000, 1, 1);
    client = net_tcp("127.0.0.1");
    net_reuseaddr(client, 1);
    net_reuseport(client, 1);
    CHECK_RESULT(net_connect(client, "127.0.0.1", net_port(server)), -EADDRNOTAVAIL,
                 "connect, tcp; the only port is bound on another address");
    close(holder);
    CHECK_RESULT(net_connect(client, "127.0.0.1", net_port(server)), 0, "connect, port is free");

    net_bound_udp("0.0.0.0", 40000, 0, 0);
    udp = net_udp("127.0.0.1");
    CHECK_RESULT(net_connect(udp, "127.0.0.1", 9), -EAGAIN, "connect, udp");
    return CHECK_PASSED;
}

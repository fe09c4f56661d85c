/* Rule: with IP_BIND_ADDRESS_NO_PORT, bind() to port 0 takes no port: connect() does, and may
 * share one with other connections.
 * Source: __inet_bind(), "if (snum || !(inet->bind_address_no_port || ...))".
 * Relied on by: hook/calls (port 0 after a bind that worked is no mistake). */
#include <errno.h>
#include <netinet/in.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int one, other, clients[2];

    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
    one = net_listener("127.0.0.1", 20001, 0, 0);
    other = net_listener("127.0.0.1", 20002, 0, 0);
    for (int i = 0; i < 2; i++) {
        clients[i] = net_tcp("127.0.0.1");
        CHECK_RESULT(net_set(clients[i], IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1), 0, "option");
        CHECK_RESULT(net_bind(clients[i], "127.0.0.3", 0), 0, "bind");
        CHECK_EQ(net_port(clients[i]), 0, "the port after bind");
        CHECK_RESULT(net_connect(clients[i], "127.0.0.1", net_port(i ? other : one)), 0, "connect");
        CHECK_EQ(net_port(clients[i]), 40000, "the port after connect");
    }
    return CHECK_PASSED;
}

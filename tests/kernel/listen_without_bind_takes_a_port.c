/* Rule: listen() on an unbound socket binds it to port 0 of the wildcard; with no port left
 * that is EADDRINUSE although bind() was never called.
 * Source: inet_csk_listen_start(), get_port(sk, inet->inet_num) with inet_num 0.
 * Relied on by: the reason `ports-exhausted` for listen. */
#include <errno.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int first, second;

    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
    first = net_tcp("0.0.0.0");
    second = net_tcp("0.0.0.0");
    CHECK_RESULT(net_listen(first), 0, "listen, one port left");
    CHECK_EQ(net_port(first), 40000, "the port");
    CHECK_RESULT(net_listen(second), -EADDRINUSE, "listen, none left");
    return CHECK_PASSED;
}

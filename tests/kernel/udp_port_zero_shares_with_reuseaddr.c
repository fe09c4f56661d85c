/* Rule: bind() to UDP port 0 may get a port that is taken, if both sides have SO_REUSEADDR.
 * Source: udp_lib_get_port(), udp_lib_lport_inuse() with a bitmap: the same test as for a named
 * port.
 * Relied on by: rules/policy (`force` leaves datagram sockets and port 0 alone). */
#include <errno.h>

#include "check.h"
#include "net.h"

int main(void)
{
    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
    net_bound_udp("127.0.0.1", 40000, 1, 0);
    CHECK_RESULT(net_try_udp("127.0.0.1", 0, 0, 0), -EADDRINUSE, "the holder alone has it");
    CHECK_RESULT(net_try_udp("127.0.0.1", 0, 1, 0), 0, "both have SO_REUSEADDR");
    return CHECK_PASSED;
}

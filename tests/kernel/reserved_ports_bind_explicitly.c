/* Rule: ip_local_reserved_ports keeps a port from being picked, not from being named.
 * Source: inet_is_local_reserved_port() is asked in inet_csk_find_open_port() only.
 * Relied on by: docs/reasons.md, the cure for `outgoing`: reserve the server's port. */
#include <errno.h>

#include "check.h"
#include "net.h"

int main(void)
{
    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
    net_sysctl("net/ipv4/ip_local_reserved_ports", "40000");
    CHECK_RESULT(net_try_tcp("127.0.0.1", 0, 0, 0), -EADDRINUSE, "port 0, tcp");
    CHECK_RESULT(net_try_udp("127.0.0.1", 0, 0, 0), -EADDRINUSE, "port 0, udp");
    CHECK_RESULT(net_try_tcp("127.0.0.1", 40000, 0, 0), 0, "the reserved port, named");
    return CHECK_PASSED;
}

/* Rule: bind() to TCP port 0 tries an even number of ports: of a range with an odd number of them,
 * more than one, it leaves out the first or the last, so it may fail with EADDRINUSE beside a free
 * port. UDP tries them all.
 * Source: inet_csk_find_open_port() (`remaining &= ~1U`), udp_lib_get_port().
 * Relied on by: the words of the reason `ports-exhausted`. */
#include <errno.h>

#include "check.h"
#include "net.h"

int main(void)
{
    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40002");
    net_bound_tcp("127.0.0.1", 40000, 0, 0);
    net_bound_tcp("127.0.0.1", 40001, 0, 0);
    net_bound_udp("127.0.0.1", 40000, 0, 0);
    net_bound_udp("127.0.0.1", 40001, 0, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", 0, 0, 0), -EADDRINUSE, "TCP, the last of three is free");
    CHECK_RESULT(net_try_tcp("127.0.0.1", 40002, 0, 0), 0, "by its number");
    CHECK_RESULT(net_try_udp("127.0.0.1", 0, 0, 0), 0, "UDP, the last of three is free");
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40003");
    net_bound_tcp("127.0.0.1", 40002, 0, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", 0, 0, 0), 0, "TCP, the last of four is free");
    net_sysctl("net/ipv4/ip_local_port_range", "40003 40003");
    CHECK_RESULT(net_try_tcp("127.0.0.1", 0, 0, 0), 0, "TCP, the only one is free");
    return CHECK_PASSED;
}

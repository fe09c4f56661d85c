/* Rule: bind() to TCP port 0 takes no port with any overlapping holder, whatever the options
 * say; only ip_autobind_reuse=1 lets it share, and then only with SO_REUSEADDR on both sides
 * and no LISTEN. With none left it is EADDRINUSE, which speaks of that address alone.
 * Source: inet_csk_find_open_port(), inet_csk_bind_conflict(..., relax=false,
 * reuseport_ok=false).
 * Relied on by: the reason `ports-exhausted`; `force` leaves port 0 alone. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int holder;

    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
    holder = net_bound_tcp("127.0.0.1", 40000, 1, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", 0, 0, 0), -EADDRINUSE, "no option");
    CHECK_RESULT(net_try_tcp("127.0.0.1", 0, 1, 0), -EADDRINUSE, "SO_REUSEADDR on both");
    CHECK_RESULT(net_try_tcp("127.0.0.1", 0, 0, 1), -EADDRINUSE, "SO_REUSEPORT on both");
    CHECK_RESULT(net_try_tcp("127.0.0.2", 0, 0, 0), 0, "another address has its own ports");
    CHECK_RESULT(net_try_tcp("127.0.0.1", 40001, 0, 0), 0, "a port outside the range");

    net_reuseport(holder, 0);
    net_sysctl("net/ipv4/ip_autobind_reuse", "1");
    CHECK_RESULT(net_try_tcp("127.0.0.1", 0, 1, 0), 0, "ip_autobind_reuse, both have it");
    CHECK_RESULT(net_try_tcp("127.0.0.1", 0, 0, 0), -EADDRINUSE, "ip_autobind_reuse, one has it");
    CHECK_RESULT(net_listen(holder), 0, "listen");
    CHECK_RESULT(net_try_tcp("127.0.0.1", 0, 1, 0), -EADDRINUSE, "ip_autobind_reuse, LISTEN");
    return CHECK_PASSED;
}

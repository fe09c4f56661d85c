/* Rule: SO_REUSEADDR lets a port be taken over only if the old and the new socket both have it.
 * Source: inet_csk_bind_conflict() (TCP) and inet_rcv_saddr_equal() in udp_lib_lport_inuse().
 * Relied on by: rules/conflict, the founding rule of the project. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    net_own_namespace();
    for (int held = 0; held <= 1; held++) {
        int tcp = net_bound_tcp("127.0.0.1", 0, held, 0);
        int udp = net_bound_udp("127.0.0.1", 0, held, 0);

        for (int want = 0; want <= 1; want++) {
            int expected = held && want ? 0 : -EADDRINUSE;

            CHECK_RESULT(net_try_tcp("127.0.0.1", net_port(tcp), want, 0), expected,
                         "tcp, held with %d, wanted with %d", held, want);
            CHECK_RESULT(net_try_udp("127.0.0.1", net_port(udp), want, 0), expected,
                         "udp, held with %d, wanted with %d", held, want);
        }
        close(tcp);
        close(udp);
    }
    return CHECK_PASSED;
}

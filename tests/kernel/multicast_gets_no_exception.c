/* Rule: multicast and broadcast addresses are addresses like any other: bound twice, both sides
 * need SO_REUSEADDR (or one user's SO_REUSEPORT).
 * Source: udp_lib_lport_inuse() looks at no address class.
 * Relied on by: rules/conflict; the fourth of the four situations of SO_REUSEADDR. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    static const char *const addresses[] = { "224.0.0.251", "255.255.255.255" };

    net_own_namespace();
    for (int i = 0; i < 2; i++) {
        int fd = net_bound_udp(addresses[i], 0, 0, 0);
        int port = net_port(fd);

        CHECK_RESULT(net_try_udp(addresses[i], port, 0, 0), -EADDRINUSE, "no option");
        CHECK_RESULT(net_try_udp(addresses[i], port, 1, 0), -EADDRINUSE, "the newcomer alone");
        net_reuseaddr(fd, 1);
        CHECK_RESULT(net_try_udp(addresses[i], port, 1, 0), 0, "both");
        CHECK_RESULT(net_try_udp("127.0.0.1", port, 0, 0), 0, "another address");
        close(fd);
    }
    return CHECK_PASSED;
}

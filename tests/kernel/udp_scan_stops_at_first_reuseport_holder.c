/* Rule: the check of a UDP bind walks the newest holder first and stops at the first one that
 * shares SO_REUSEPORT with the newcomer: an older one that would refuse is not seen.
 * Source: udp_lib_lport_inuse(), "if (... sk->sk_reuseport && sk2->sk_reuseport ...) return 0".
 * Relied on by: rules/verdict (a list of holders is not the whole truth), facts/probe. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int refusing, sharing, port;

    net_own_namespace();
    refusing = net_bound_udp("127.0.0.1", 0, 1, 0);
    port = net_port(refusing);
    sharing = net_bound_udp("127.0.0.1", port, 1, 1);
    CHECK_RESULT(net_try_udp("127.0.0.1", port, 0, 1), 0, "the sharing holder is the newest");
    close(refusing);
    refusing = net_bound_udp("127.0.0.1", port, 1, 0);
    CHECK_RESULT(net_try_udp("127.0.0.1", port, 0, 1), -EADDRINUSE,
                 "the refusing holder is the newest");
    close(sharing);
    return CHECK_PASSED;
}

/* Rule: the options of a live holder count as they are at the newcomer's bind(), not as they
 * were at the holder's own. Setting SO_REUSEADDR late cures every state but LISTEN;
 * SO_REUSEPORT set late cures LISTEN too. Clearing it late refuses again (Linux 6.8 and later:
 * until then a latch in the bucket could let the newcomer in).
 * Source: inet_bind_conflict(); inet_csk_update_fastreuse(), changed by 8002d44fe84d.
 * Relied on by: rules/conflict; facts/owner, which reads options from the live descriptor. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    struct net_pair pair;
    int holder, port;

    net_own_namespace();
    holder = net_bound_tcp("127.0.0.1", 0, 0, 0);
    port = net_port(holder);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), -EADDRINUSE, "bound, option not set");
    net_reuseaddr(holder, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), 0, "bound, option set late");
    net_reuseaddr(holder, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), -EADDRINUSE, "bound, option cleared late");

    CHECK_RESULT(net_listen(holder), 0, "listen");
    net_reuseaddr(holder, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), -EADDRINUSE, "listening, set late");
    pair = net_pair(holder);
    net_reuseport(holder, 1);
    net_reuseport(pair.server, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 1), 0, "listening, SO_REUSEPORT set late");
    net_reuseaddr(pair.server, 0);
    close(holder);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), -EADDRINUSE, "established, option cleared");
    net_reuseaddr(pair.server, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), 0, "established, option set late");
    return CHECK_PASSED;
}

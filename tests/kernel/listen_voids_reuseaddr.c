/* Rule: a TCP socket in LISTEN refuses every overlapping bind, SO_REUSEADDR on both sides or
 * not; the moment it listens no more, the option counts again.
 * Source: inet_bind_conflict(), "sk2->sk_state == TCP_LISTEN".
 * Relied on by: rules/conflict; the reason `listening` and why `force` cannot cure it. */
#include <errno.h>
#include <sys/socket.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int holder, port;

    net_own_namespace();
    holder = net_bound_tcp("127.0.0.1", 0, 1, 0);
    port = net_port(holder);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), 0, "holder is bound only");
    CHECK_RESULT(net_listen(holder), 0, "listen");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), -EADDRINUSE, "holder listens");
    CHECK_RESULT(net_try_tcp("0.0.0.0", port, 1, 0), -EADDRINUSE, "holder listens, wildcard");
    CHECK(shutdown(holder, SHUT_RD) == 0, "shutdown");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), 0, "holder was shut down");
    return CHECK_PASSED;
}

/* Rule: a probe without SO_REUSEPORT that succeeds clears the bucket's latch, as any such bind
 * does. So a newcomer that only the latch would have let in, beside a holder without
 * SO_REUSEPORT, meets the plain rule afterwards. A probe that is refused changes nothing.
 * Source: inet_csk_update_fastreuse(), "tb->fastreuseport = 0".
 * Relied on by: facts/probe: what the one effect of a probe is, and why it is never made ahead. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int plain, sharing, port;

    net_own_namespace();
    plain = net_bound_tcp("127.0.0.1", 0, 1, 0);
    port = net_port(plain);
    sharing = net_bound_tcp("127.0.0.1", port, 1, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 1), 0, "let in by the latch");
    net_reuseaddr(plain, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), -EADDRINUSE, "a probe that is refused");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 1), 0, "still let in");
    net_reuseaddr(plain, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), 0, "a probe that succeeds");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 1), -EADDRINUSE, "the plain rule again");
    close(sharing);
    return CHECK_PASSED;
}

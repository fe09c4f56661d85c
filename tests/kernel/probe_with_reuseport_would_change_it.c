/* Rule: a probe that has SO_REUSEPORT too latches the port's bucket: a newcomer with
 * SO_REUSEPORT that was refused before is let in afterwards, though the holder never had the
 * option.
 * Source: inet_csk_update_fastreuse(), "tb->fastreuseport = FASTREUSEPORT_ANY".
 * Relied on by: facts/probe, which keeps SO_REUSEPORT 0. */
#include <errno.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int holder, port;

    net_own_namespace();
    holder = net_bound_tcp("127.0.0.1", 0, 1, 0);
    port = net_port(holder);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 1), -EADDRINUSE, "before the probe");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 1), 0, "a probe with both options");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 1), 0, "after the probe");
    return CHECK_PASSED;
}

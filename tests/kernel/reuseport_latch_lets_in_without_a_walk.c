/* Rule: the port's bucket remembers the last SO_REUSEPORT binder's address and user. A newcomer
 * with SO_REUSEPORT, of the same user and covered by that address, is let in without a look at
 * the holders: even beside one that has cleared its option, or never had it. The latch only
 * lets in; it never refuses. Before Linux 6.8 that of the first binder covers every address.
 * Source: inet_csk_get_port(), sk_reuseport_match(); inet_csk_update_fastreuse().
 * Relied on by: rules/verdict (`would_succeed` of SO_REUSEPORT may be null), facts/probe. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static void holder_that_cleared_its_option(void)
{
    int holder = net_bound_tcp("127.0.0.1", 0, 0, 1);

    net_reuseport(holder, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", net_port(holder), 0, 1), 0, "cleared: still let in");
    CHECK_RESULT(net_try_tcp("0.0.0.0", net_port(holder), 0, 1),
                 check_kernel_before(6, 8) ? 0 : -EADDRINUSE,
                 "cleared: an address that the latch does not cover is checked");
    close(holder);
}

static void holder_without_the_option(void)
{
    int plain = net_bound_tcp("127.0.0.1", 0, 1, 0), port = net_port(plain);
    int latch = net_bound_tcp("127.0.0.1", port, 1, 1);

    net_reuseaddr(plain, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 1), 0, "the plain holder first: unseen");
    close(plain);
    close(latch);

    latch = net_bound_tcp("127.0.0.1", port, 1, 1);
    plain = net_bound_tcp("127.0.0.1", port, 1, 0);
    net_reuseaddr(plain, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 1), -EADDRINUSE,
                 "the plain holder last: it has cleared the latch");
    close(plain);
    close(latch);
}

int main(void)
{
    net_own_namespace();
    holder_that_cleared_its_option();
    holder_without_the_option();
    return CHECK_PASSED;
}

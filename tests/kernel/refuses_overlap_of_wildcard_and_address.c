/* Rule: a wildcard and a specific address overlap, in either order; two specific addresses do
 * not.
 * Source: ipv4_rcv_saddr_equal(), inet_rcv_saddr_equal().
 * Relied on by: rules/endpoint (endpoint_overlaps); the second of the four situations of
 * SO_REUSEADDR. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int holder, port;

    net_own_namespace();
    holder = net_listener("127.0.0.1", 0, 0, 0);
    port = net_port(holder);
    CHECK_RESULT(net_try_tcp("0.0.0.0", port, 0, 0), -EADDRINUSE, "wildcard after address");
    CHECK_RESULT(net_try_tcp("127.0.0.2", port, 0, 0), 0, "another address");
    close(holder);
    holder = net_listener("0.0.0.0", port, 0, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "address after wildcard");
    return CHECK_PASSED;
}

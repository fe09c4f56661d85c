/* Rule: with SO_REUSEPORT on both sides and one user, both may listen; with SO_REUSEADDR alone
 * both may be bound but only the first may listen.
 * Source: inet_csk_listen_start(), inet_bind_conflict().
 * Relied on by: the action `share`; the question of the fourth situation of SO_REUSEADDR. */
#include <errno.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int first, second;

    net_own_namespace();
    first = net_listener("127.0.0.1", 0, 0, 1);
    second = net_bound_tcp("127.0.0.1", net_port(first), 0, 1);
    CHECK_RESULT(net_listen(second), 0, "SO_REUSEPORT: the second listen");
    first = net_bound_tcp("127.0.0.1", 0, 1, 0);
    second = net_bound_tcp("127.0.0.1", net_port(first), 1, 0);
    CHECK_RESULT(net_listen(first), 0, "SO_REUSEADDR: the first listen");
    CHECK_RESULT(net_listen(second), -EADDRINUSE, "SO_REUSEADDR: the second listen");
    return CHECK_PASSED;
}

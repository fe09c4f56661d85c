/* Rule: bind() to a native IPv6 address makes IPV6_V6ONLY 1 whatever it was; :: keeps the
 * option; a v4-mapped address needs it to be 0 and is EINVAL otherwise. A child keeps its
 * listener's bit.
 * Source: __inet6_bind(), "if (addr_type != IPV6_ADDR_ANY) sk->sk_ipv6only = 1", and its mapped
 * case.
 * Relied on by: rules/endpoint (coverage of an address), `would_succeed.newcomer_v6only`. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static int v6only_after_bind(const char *address, int before)
{
    int fd = net_tcp(address), after;

    net_v6only(fd, before);
    CHECK_RESULT(net_bind(fd, address, 0), 0, "bind %s with IPV6_V6ONLY %d", address, before);
    after = net_get(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    close(fd);
    return after;
}

int main(void)
{
    struct net_pair pair;
    int fd;

    net_own_namespace();
    CHECK_EQ(v6only_after_bind("::1", 0), 1, "IPV6_V6ONLY after bind to ::1");
    CHECK_EQ(v6only_after_bind("::", 0), 0, "IPV6_V6ONLY 0 after bind to ::");
    CHECK_EQ(v6only_after_bind("::", 1), 1, "IPV6_V6ONLY 1 after bind to ::");
    CHECK_EQ(v6only_after_bind("::ffff:127.0.0.1", 0), 0, "IPV6_V6ONLY after bind to v4-mapped");

    fd = net_tcp("::");
    net_v6only(fd, 1);
    CHECK_RESULT(net_bind(fd, "::ffff:127.0.0.1", 0), -EINVAL, "v4-mapped with IPV6_V6ONLY");
    close(fd);

    for (int only = 0; only <= 1; only++) {
        fd = net_tcp("::");
        net_v6only(fd, only);
        CHECK_RESULT(net_bind(fd, "::", 0), 0, "bind");
        CHECK_RESULT(net_listen(fd), 0, "listen");
        pair = net_pair(fd);
        CHECK_EQ(net_get(pair.server, IPPROTO_IPV6, IPV6_V6ONLY), only, "the child's IPV6_V6ONLY");
        close(pair.server);
        close(fd);
    }
    return CHECK_PASSED;
}

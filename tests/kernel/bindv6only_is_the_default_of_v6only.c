/* Rule: a fresh IPv6 socket takes IPV6_V6ONLY from net.ipv6.bindv6only, so whether :: meets
 * 0.0.0.0 depends on it.
 * Source: inet6_create(), "sk->sk_ipv6only = net->ipv6.sysctl.bindv6only"; ipv6(7).
 * Relied on by: facts, which asks the socket and never assumes a default. */
#include <errno.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int holder;

    net_own_namespace();
    holder = net_bound_tcp("0.0.0.0", 0, 0, 0);
    CHECK_RESULT(net_try_tcp("::", net_port(holder), 0, 0), -EADDRINUSE, "bindv6only 0");
    net_sysctl("net/ipv6/bindv6only", "1");
    CHECK_RESULT(net_try_tcp("::", net_port(holder), 0, 0), 0, "bindv6only 1");
    return CHECK_PASSED;
}

/* Rule: the local port of a dump request filters listeners and connections, but not the
 * bound-only rows: those come for every port and must be filtered by the caller.
 * Source: inet_diag_dump_icsk(): the TCPF_BOUND_INACTIVE part looks at no r->id.idiag_sport.
 * Relied on by: facts/sockdiag, which filters again. */
#include "check.h"
#include "diag.h"
#include "net.h"

static int count(int state, int port)
{
    struct diag_query query = { .type = DIAG_BY_FAMILY, .family = AF_INET,
                                .protocol = IPPROTO_TCP, .states = 1u << state, .port = port };

    return diag_dump(&query).count;
}

int main(void)
{
    struct net_pair pair;
    int first, port;

    net_own_namespace();
    first = net_listener("127.0.0.1", 20001, 0, 0);
    pair = net_pair(first);
    net_listener("127.0.0.1", 20002, 0, 0);
    net_bound_tcp("127.0.0.1", 20003, 0, 0);
    net_bound_tcp("127.0.0.1", 20004, 0, 0);
    port = net_port(pair.client);
    CHECK_EQ(count(NET_LISTEN, 0), 2, "listeners");
    CHECK_EQ(count(NET_LISTEN, 20001), 1, "listeners of one port");
    CHECK_EQ(count(NET_ESTABLISHED, 0), 2, "connections");
    CHECK_EQ(count(NET_ESTABLISHED, port), 1, "connections of one port");
    if (count(NET_BOUND_INACTIVE, 0) == 0)
        skip("no BOUND_INACTIVE: a kernel before 6.8");
    CHECK_EQ(count(NET_BOUND_INACTIVE, 0), 2, "bound-only sockets");
    CHECK_EQ(count(NET_BOUND_INACTIVE, 20003), 2, "bound-only sockets of one port");
    return CHECK_PASSED;
}

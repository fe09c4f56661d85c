/* Rule: sock_diag tells IPV6_V6ONLY of listening, bound and unconnected AF_INET6 sockets only;
 * not of connections, TIME_WAITs or AF_INET.
 * Source: inet_diag_msg_attrs_fill(), "BIT(sk->sk_state) & (TCPF_LISTEN | TCPF_CLOSE)".
 * Relied on by: facts/sockdiag (v6only may be unknown). */
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"

int main(void)
{
    net_own_namespace();
    for (int only = 0; only <= 1; only++) {
        struct diag_rows rows;
        struct net_pair pair;
        int listener = net_tcp("::"), port;

        net_v6only(listener, only);
        CHECK_RESULT(net_bind(listener, "::", 0), 0, "bind");
        port = net_port(listener);
        if (!check_kernel_before(6, 8)) { /* which lists no bound sockets */
            rows = diag_port(AF_INET6, port);
            CHECK_EQ(rows.count, 1, "rows of a bound socket");
            CHECK_EQ(rows.row[0].v6only, only, "v6only of a bound socket");
        }
        CHECK_RESULT(net_listen(listener), 0, "listen");
        CHECK_EQ(diag_port(AF_INET6, port).row[0].v6only, only, "v6only of a listener");
        pair = net_pair(listener);
        close(listener);
        rows = diag_port(AF_INET6, port);
        CHECK_EQ(rows.count, 1, "rows of a child");
        CHECK_EQ(rows.row[0].v6only, -1, "v6only of a child");
        net_close_server_first(&pair);
        CHECK_EQ(diag_port(AF_INET6, port).row[0].v6only, -1, "v6only of a TIME_WAIT");
    }
    return CHECK_PASSED;
}

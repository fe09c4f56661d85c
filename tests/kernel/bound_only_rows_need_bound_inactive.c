/* Rule: a TCP socket that is bound and nothing more has no row in /proc/net/tcp, and one in
 * sock_diag only under the state bit 13 (TCP_BOUND_INACTIVE, Linux 6.8), where its state is
 * CLOSE. The bit of CLOSE itself does not show it. Before 6.8 the bit is silently ignored.
 * Source: inet_diag_dump_icsk(), "if (idiag_states & TCPF_BOUND_INACTIVE)"; 91051f003948.
 * Relied on by: facts/sockdiag; the reason `bound-idle`. */
#include "check.h"
#include "diag.h"
#include "net.h"

static struct diag_rows of_state(int state)
{
    struct diag_query query = { .type = DIAG_BY_FAMILY, .family = AF_INET,
                                .protocol = IPPROTO_TCP, .states = 1u << state };

    return diag_dump(&query);
}

int main(void)
{
    struct diag_rows rows;
    int fd, port;

    net_own_namespace();
    fd = net_bound_tcp("127.0.0.1", 0, 0, 0);
    port = net_port(fd);
    CHECK_EQ(net_rows(port, 0), 0, "rows of /proc/net/tcp");
    CHECK_EQ(of_state(NET_CLOSE).count, 0, "rows of state CLOSE");
    rows = of_state(NET_BOUND_INACTIVE);
    if (rows.count == 0)
        skip("no BOUND_INACTIVE: a kernel before 6.8");
    CHECK_EQ(rows.count, 1, "rows of BOUND_INACTIVE");
    CHECK_EQ(rows.row[0].port, port, "its port");
    CHECK_EQ(rows.row[0].state, NET_CLOSE, "its state");
    CHECK_EQ(rows.row[0].inode, diag_inode(fd), "its inode");
    CHECK(rows.row[0].cookie == net_cookie(fd), "its cookie");
    return CHECK_PASSED;
}

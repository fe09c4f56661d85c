/* Rule: the cookie in a row of sock_diag is what SO_COOKIE gives for the socket.
 * Source: sock_diag_save_cookie(), sk_getsockopt(SO_COOKIE): both sock_gen_cookie().
 * Relied on by: facts/owner (the socket taken by pidfd_getfd is the row's), table/table
 * (identity). */
#include "check.h"
#include "diag.h"
#include "net.h"

int main(void)
{
    struct diag_query udp = { .type = DIAG_BY_FAMILY, .family = AF_INET, .protocol = IPPROTO_UDP,
                              .states = DIAG_ALL_STATES };
    struct diag_rows rows;
    int listener, bound, datagram;

    net_own_namespace();
    listener = net_listener("127.0.0.1", 0, 0, 0);
    rows = diag_port(AF_INET, net_port(listener));
    CHECK_EQ(rows.count, 1, "rows");
    CHECK(rows.row[0].cookie == net_cookie(listener), "a listener's cookie");
    bound = net_bound_tcp("127.0.0.1", 0, 0, 0);
    rows = diag_port(AF_INET, net_port(bound));
    if (rows.count == 1)
        CHECK(rows.row[0].cookie == net_cookie(bound), "a bound socket's cookie");
    datagram = net_bound_udp("127.0.0.1", 0, 0, 0);
    rows = diag_dump(&udp);
    CHECK_EQ(rows.count, 1, "rows of udp");
    CHECK(rows.row[0].cookie == net_cookie(datagram), "a udp socket's cookie");
    CHECK(net_cookie(bound) != net_cookie(listener), "two sockets have two cookies");
    return CHECK_PASSED;
}

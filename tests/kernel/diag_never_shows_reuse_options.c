/* Rule: sock_diag shows neither SO_REUSEADDR nor SO_REUSEPORT of any socket: rows of sockets
 * with and without them are the same.
 * Source: struct inet_diag_sockopt has no such bit; inet_diag_msg_attrs_fill().
 * Relied on by: facts (why the options are asked by pidfd_getfd or a probe). */
#include <linux/inet_diag.h>

#include "check.h"
#include "diag.h"
#include "net.h"

static struct diag_row row_of(int port)
{
    struct diag_query query = { .type = DIAG_BY_FAMILY, .family = AF_INET,
                                .protocol = IPPROTO_TCP, .states = 1u << NET_LISTEN,
                                .port = port, .extensions = 0xff };
    struct diag_rows rows = diag_dump(&query);

    CHECK_EQ(rows.count, 1, "rows");
    return rows.row[0];
}

int main(void)
{
    struct diag_row plain, both;

    net_own_namespace();
    plain = row_of(net_port(net_listener("127.0.0.1", 0, 0, 0)));
    both = row_of(net_port(net_listener("127.0.0.1", 0, 1, 1)));
    CHECK(plain.attributes & (1ull << INET_DIAG_SOCKOPT), "the dump has INET_DIAG_SOCKOPT");
    CHECK_EQ(both.attributes, plain.attributes, "attributes");
    CHECK_EQ(both.sockopt, plain.sockopt, "bits of INET_DIAG_SOCKOPT");
    return CHECK_PASSED;
}

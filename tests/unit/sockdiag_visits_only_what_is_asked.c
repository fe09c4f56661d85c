/* A query's port, states and family, and a visitor that has had enough, are obeyed. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "rows.h"

static struct rows rows;

int main(void)
{
    enum { LISTEN_ONLY = 1u << STATE_LISTEN };
    int first, second, other, port;
    struct diag_query query;

    if (check_kernel_before(6, 8))
        skip("bound sockets are in no list before Linux 6.8");
    net_own_namespace();
    first = net_listener("127.0.0.1", 0, 0, 0);
    port = net_port(first);
    second = net_bound_tcp("::1", port, 0, 0);
    other = net_bound_tcp("127.0.0.1", 0, 0, 0);

    query = (struct diag_query){.protocol = PROTOCOL_TCP, .port = (uint16_t)port};
    rows_get(&rows, sockdiag_each, &query);
    CHECK_EQ(rows.count, 2, "of the port");
    query.states = LISTEN_ONLY;
    rows_get(&rows, sockdiag_each, &query);
    CHECK_EQ(rows.count, 1, "listening");
    CHECK(rows_of_fd(&rows, first) != NULL, "the listener is shown");
    CHECK(!rows.result.bound_seen, "bound-only ones were not asked for");
    query.states = 1u << STATE_BOUND;
    rows_get(&rows, sockdiag_each, &query);
    CHECK_EQ(rows.count, 1, "bound only");
    CHECK(rows_of_fd(&rows, second) != NULL, "the bound one is shown");

    query = (struct diag_query){.protocol = PROTOCOL_TCP, .only_inet6 = true};
    rows_get(&rows, sockdiag_each, &query);
    CHECK_EQ(rows.count, 1, "of IPv6");
    CHECK(rows.result.complete, "a dump of one family is complete");
    CHECK(rows_of_fd(&rows, second) != NULL, "the IPv6 one is shown");

    query = (struct diag_query){.protocol = PROTOCOL_TCP};
    rows_get(&rows, sockdiag_each, &query);
    CHECK_EQ(rows.count, 3, "of every port");
    CHECK(rows_of_fd(&rows, other) != NULL, "the other port is shown");
    rows.limit = 2;
    rows_get(&rows, sockdiag_each, &query);
    CHECK_EQ(rows.count, 2, "after a stop");
    CHECK_EQ(rows.result.error, 0, "a stop is no error");
    CHECK(!rows.result.complete, "a dump that was stopped is not complete");

    query.protocol = PROTOCOL_NONE;
    rows_get(&rows, sockdiag_each, &query);
    CHECK_RESULT(rows.result.error, -EINVAL, "no protocol");
    return CHECK_PASSED;
}

/* What procnet_each() says of a socket, sockdiag_each() says too: for TCP, UDP and UNIX, in every
 * state that /proc/net shows. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "facts/procnet.h"
#include "rows.h"

static struct rows seen, expected;

/* Bound-only TCP sockets are not in /proc/net. */
static bool is_shown(const struct diag_row *row)
{
    return row->socket.protocol != PROTOCOL_TCP || row->socket.state != STATE_BOUND;
}

static const struct diag_row *same_socket(const struct diag_row *row)
{
    for (size_t i = 0; i < seen.count; i++)
        if (seen.row[i].inode == row->inode && seen.row[i].socket.state == row->socket.state &&
            seen.row[i].socket.local.port == row->socket.local.port &&
            endpoint_equal(&seen.row[i].remote, &row->remote))
            return &seen.row[i];
    return NULL;
}

static void compare(const struct diag_row *from_kernel)
{
    const struct diag_row *row = same_socket(from_kernel);
    const char *state = socket_state_name(from_kernel->socket.state);

    CHECK(row != NULL, "a %s socket, port %d, is shown", state, from_kernel->socket.local.port);
    CHECK(endpoint_equal(&row->socket.local, &from_kernel->socket.local),
          "local end of a %s socket", state);
    CHECK_EQ(row->socket.minisocket, from_kernel->socket.minisocket, "minisocket, %s", state);
    CHECK_EQ(row->unix_type, from_kernel->unix_type, "type, %s", state);
    CHECK_EQ(row->remote.family, from_kernel->remote.family, "remote end, %s", state);
    if (from_kernel->socket.minisocket)
        CHECK(llabs(row->timer_ms - from_kernel->timer_ms) < 2000, "timer %lld and %lld ms",
              (long long)row->timer_ms, (long long)from_kernel->timer_ms);
    else if (row->socket.protocol != PROTOCOL_UNIX)
        CHECK_EQ(row->socket.uid, from_kernel->socket.uid, "uid, %s", state);
}

static void compare_all(enum protocol protocol, uint16_t port, size_t least)
{
    struct diag_query query = {.protocol = protocol, .port = port};
    size_t shown = 0;

    rows_get(&expected, sockdiag_each, &query);
    rows_get(&seen, procnet_each, &query);
    CHECK_RESULT(seen.result.error, 0, "%s", protocol_name(protocol));
    CHECK(seen.result.complete, "%s: read to its end", protocol_name(protocol));
    CHECK(!seen.result.bound_seen, "%s: no bound-only sockets", protocol_name(protocol));
    for (size_t i = 0; i < expected.count; i++) {
        if (!is_shown(&expected.row[i]))
            continue;
        compare(&expected.row[i]);
        shown++;
    }
    CHECK_EQ(seen.count, shown, "%s sockets", protocol_name(protocol));
    CHECK(shown >= least, "%s: %zu sockets to compare", protocol_name(protocol), shown);
}

/* More sockets than fit into one piece of reading. */
static void many(int port)
{
    enum { MANY = 200 };
    int fds[MANY];

    for (int i = 0; i < MANY; i++) {
        char address[32];

        snprintf(address, sizeof address, "127.0.1.%d", i + 1);
        fds[i] = net_listener(address, port, 0, 0);
    }
    compare_all(PROTOCOL_TCP, (uint16_t)port, MANY);
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
}

int main(void)
{
    int listener, dual, udp, name;
    struct net_pair pair, pair6;

    net_own_namespace();
    listener = net_listener("127.0.0.1", 0, 1, 0);
    dual = net_listener("::", 0, 1, 0);
    udp = net_bound_udp("::1", 0, 0, 0);
    name = net_unix(SOCK_STREAM);
    CHECK_RESULT(net_bind(name, "@procnet", 0), 0, "bind");
    CHECK_RESULT(net_listen(name), 0, "listen");
    net_bound_tcp("127.0.0.1", 0, 0, 0);
    net_time_wait("127.0.0.1", 0, 1, 0);
    pair = net_pair(listener);
    pair6 = net_pair(dual);
    CHECK_EQ(shutdown(pair6.client, SHUT_WR), 0, "shutdown");
    net_wait_rows(net_port(dual), NET_CLOSE_WAIT, 1);
    net_wait_rows(net_port(pair6.client), NET_FIN_WAIT2, 1);

    compare_all(PROTOCOL_TCP, 0, 7);
    compare_all(PROTOCOL_TCP, (uint16_t)net_port(listener), 2);
    compare_all(PROTOCOL_UDP, 0, 1);
    compare_all(PROTOCOL_UNIX, 0, 1);
    many(net_port(listener) == 7777 ? 7778 : 7777);
    close(pair.client);
    close(udp);
    return CHECK_PASSED;
}

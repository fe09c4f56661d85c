/* sockdiag_each() shows every socket of a port, of both families, with what the kernel knows of it,
 * in one dump. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "rows.h"

static struct rows rows;

static void look(int port)
{
    rows_get(&rows, sockdiag_each,
             &(struct diag_query){.protocol = PROTOCOL_TCP, .port = (uint16_t)port});
    CHECK_RESULT(rows.result.error, 0, "the dump");
    CHECK(rows.result.complete, "the dump came to its end");
    CHECK(rows.result.bound_seen, "bound-only sockets are seen");
}

static const struct diag_row *row_of(int fd, enum socket_state state, const char *what)
{
    const struct diag_row *row = rows_of_fd(&rows, fd);

    CHECK(row != NULL, "%s has a row", what);
    CHECK_STR(socket_state_name(row->socket.state), socket_state_name(state), "%s", what);
    CHECK_EQ(row->cookie, net_cookie(fd), "cookie of %s", what);
    CHECK_EQ(row->socket.uid, geteuid(), "uid of %s", what);
    CHECK_EQ(row->socket.local.port, net_port(fd), "port of %s", what);
    CHECK_EQ(row->timer_ms, -1, "timer of %s", what);
    CHECK(!row->socket.minisocket, "%s is no minisocket", what);
    return row;
}

static void bound_and_listening(void)
{
    int first = net_bound_tcp("127.0.0.1", 0, 1, 0);
    int port = net_port(first);
    int second = net_bound_tcp("::1", port, 1, 0);
    int wildcard = net_bound_tcp("::", 0, 0, 0);
    const struct diag_row *row;

    look(port);
    CHECK_EQ(rows.count, 2, "sockets of the port");
    row = row_of(first, STATE_BOUND, "the IPv4 socket");
    CHECK_EQ(row->socket.local.family, FAMILY_INET, "its family");
    CHECK_EQ(row->remote.family, FAMILY_NONE, "its remote end");
    CHECK_EQ(row->socket.local.address[0], 127, "its address");
    CHECK_EQ(row_of(second, STATE_BOUND, "the IPv6 socket")->socket.options.v6only, ANSWER_YES,
             "V6ONLY of ::1");
    CHECK_RESULT(net_listen(first), 0, "listen");
    look(port);
    CHECK_EQ(row_of(first, STATE_LISTEN, "the listener")->socket.options.v6only, ANSWER_UNKNOWN,
             "V6ONLY of IPv4");
    look(net_port(wildcard));
    CHECK_EQ(row_of(wildcard, STATE_BOUND, "the wildcard")->socket.options.v6only, ANSWER_NO,
             "V6ONLY of ::");
    close(first);
    close(second);
    close(wildcard);
}

static void connections(const char *address)
{
    int listener = net_listener(address, 0, 0, 0);
    struct net_pair pair = net_pair(listener);
    int port = net_port(listener), client = net_port(pair.client);
    const struct diag_row *row;
    char bytes[8];

    look(port);
    row = row_of(pair.server, STATE_ESTABLISHED, "the accepted connection");
    CHECK_EQ(row->remote.port, client, "its remote port");
    CHECK_EQ(row->outgoing, ANSWER_NO, "an accepted connection is not outgoing");
    look(client);
    CHECK_EQ(row_of(pair.client, STATE_ESTABLISHED, "the client")->outgoing, ANSWER_YES,
             "a connection that was made is outgoing");
    CHECK_EQ(write(pair.client, "hello", 5), 5, "write");
    CHECK_EQ(read(pair.server, bytes, sizeof bytes), 5, "read");
    CHECK_EQ(write(pair.server, "hi", 2), 2, "write");
    CHECK_EQ(read(pair.client, bytes, sizeof bytes), 2, "read");
    CHECK_EQ(shutdown(pair.client, SHUT_WR), 0, "shutdown");
    net_wait_rows(port, NET_CLOSE_WAIT, 1);
    net_wait_rows(client, NET_FIN_WAIT2, 1);
    look(port);
    CHECK(row_of(pair.server, STATE_CLOSE_WAIT, "the server's side")->outgoing != ANSWER_YES,
          "an accepted connection stays incoming after data");
    look(client);
    row_of(pair.client, STATE_FIN_WAIT2, "the client's side");
    close(pair.server);
    close(pair.client);
    close(listener);
}

static void leftovers(void)
{
    int port = net_time_wait("127.0.0.1", 0, 1, 0);
    const struct diag_row *row;

    look(port);
    row = rows_find(&rows, STATE_TIME_WAIT, 0);
    CHECK(row != NULL, "the TIME_WAIT has a row");
    CHECK(row->socket.minisocket, "it is a minisocket");
    CHECK_EQ(row->inode, 0, "inode");
    CHECK_EQ(row->socket.uid, UID_UNKNOWN, "uid");
    CHECK(row->timer_ms > 50 * 1000 && row->timer_ms <= 60 * 1000, "timer %lld ms",
          (long long)row->timer_ms);
}

static void datagrams(void)
{
    int fd = net_bound_udp("127.0.0.1", 0, 0, 0);
    int other = net_bound_udp("::1", net_port(fd), 0, 0);
    struct diag_query query = {.protocol = PROTOCOL_UDP, .port = (uint16_t)net_port(fd)};
    const struct diag_row *row;

    rows_get(&rows, sockdiag_each, &query);
    CHECK(rows.result.complete, "the dump came to its end");
    CHECK_EQ(rows.count, 2, "datagram sockets of the port");
    CHECK_EQ(row_of(fd, STATE_BOUND, "the IPv4 socket")->socket.protocol, PROTOCOL_UDP, "protocol");
    row_of(other, STATE_BOUND, "the IPv6 socket");
    CHECK_RESULT(net_connect(fd, "127.0.0.1", 9), 0, "connect");
    rows_get(&rows, sockdiag_each, &query);
    row = row_of(fd, STATE_ESTABLISHED, "the connected socket");
    CHECK_EQ(row->remote.port, 9, "its remote port");
    close(fd);
    close(other);
}

int main(void)
{
    if (check_kernel_before(6, 8))
        skip("bound sockets are in no list before Linux 6.8");
    net_own_namespace();
    bound_and_listening();
    connections("127.0.0.1");
    connections("::1");
    leftovers();
    datagrams();
    return CHECK_PASSED;
}

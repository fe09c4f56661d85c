/* unlisted_each() finds by descriptors what Linux 6.8 and later list as bound-only: the same
 * sockets with the same details, each once, in our own process and in others; and none that is more
 * than bound. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "mounts.h"
#include "facts/unlisted.h"
#include "net.h"
#include "rows.h"
#include "run.h"

enum { MPTCP = 262 };

static struct rows seen, expected;
static bool unsure; /* whether a socket in CLOSE that was connected has its port */

static struct diag_result each(const struct diag_query *query, const struct diag_visitor *visitor)
{
    uint32_t limits;
    struct diag_result result = unlisted_each(query, visitor, &limits);

    CHECK_EQ(limits, 0, "nobody is out of reach here");
    return result;
}

static void compare(uint16_t port, size_t count, const char *what)
{
    struct diag_query query = {.protocol = PROTOCOL_TCP, .port = port};

    rows_get(&seen, each, &query);
    CHECK_RESULT(seen.result.error, 0, "%s", what);
    CHECK_EQ(seen.result.complete, !unsure, "%s: everything was looked at", what);
    CHECK_EQ(seen.result.bound_seen, seen.result.complete, "%s: and that is said", what);
    query.states = 1u << STATE_BOUND;
    rows_get(&expected, sockdiag_each, &query);
    if (!expected.result.bound_seen)
        skip("this kernel lists no bound-only sockets");
    CHECK_EQ(expected.count, count, "%s: sockets that the kernel lists", what);
    CHECK_EQ(seen.count, count, "%s: sockets", what);
    for (size_t i = 0; i < count; i++) {
        const struct diag_row *row = &seen.row[i], *other = NULL;

        for (size_t k = 0; k < count; k++)
            if (expected.row[k].inode == row->inode)
                other = &expected.row[k];
        CHECK(other != NULL, "%s: the same socket", what);
        CHECK(endpoint_equal(&row->socket.local, &other->socket.local), "%s: address", what);
        CHECK_EQ(row->socket.state, other->socket.state, "%s: state", what);
        CHECK_EQ(row->socket.options.v6only, other->socket.options.v6only, "%s: V6ONLY", what);
        CHECK_EQ(row->socket.uid, other->socket.uid, "%s: uid", what);
        CHECK_EQ(row->socket.device, other->socket.device, "%s: device", what);
        CHECK_EQ(row->remote.family, FAMILY_NONE, "%s: remote end", what);
    }
}

/* An accepted connection that was reset: in CLOSE, its descriptor open, its port given back. */
static int reset_connection(int listener)
{
    struct net_pair pair = net_pair(listener);
    struct linger hard = {.l_onoff = 1};

    CHECK_EQ(setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0, "linger");
    close(pair.client);
    net_wait_rows(net_port(listener), NET_ESTABLISHED, 0);
    return pair.server;
}

static int keep_another(void *argument)
{
    int fd = net_bound_tcp("127.0.0.3", *(int *)argument, 0, 0);

    run_say("ready");
    run_until_stopped();
    close(fd);
    return 0;
}

static void every_kind(void)
{
    int port, listener, reset, mptcp, fds[3];
    struct run_child child;
    char line[32];

    net_own_namespace();
    fds[0] = net_bound_tcp("127.0.0.1", 0, 0, 0);
    port = net_port(fds[0]);
    compare((uint16_t)port, 1, "one of ours");
    fds[1] = net_bound_tcp("::1", port, 0, 0);
    compare((uint16_t)port, 2, "both families");
    child = run_start_function(keep_another, &port);
    run_line(&child, line, sizeof line);
    compare((uint16_t)port, 3, "with a child's own, which also has ours");

    listener = net_listener("127.0.0.2", port, 0, 0);
    reset = reset_connection(listener);
    unsure = true;
    compare((uint16_t)port, 3, "with a listener and a reset connection");
    CHECK_EQ(shutdown(listener, SHUT_RDWR), 0, "shutdown");
    compare((uint16_t)port, 4, "with a listener that was shut down");
    close(reset);
    unsure = false;

    fds[2] = net_bound_tcp("::", 0, 0, 0);
    compare((uint16_t)net_port(fds[2]), 1, "another port");
    compare(0, 5, "every port");
    mptcp = socket(AF_INET, SOCK_STREAM, MPTCP);
    if (mptcp >= 0) {
        CHECK_RESULT(net_bind(mptcp, "127.0.0.1", 0), 0, "bind");
        compare((uint16_t)net_port(mptcp), 1, "MPTCP");
    }
    run_stop(&child);
}

/* In a pid namespace of its own, where nobody is that may not be looked at. */
int main(void)
{
    if (!mounts_few_processes())
        skip("no process namespace of its own: %s", check_errno_name(errno));
    every_kind();
    return CHECK_PASSED;
}

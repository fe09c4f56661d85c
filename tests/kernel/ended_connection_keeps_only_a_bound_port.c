/* Rule: when a connection is reset or refused and its descriptor stays open, the port is kept
 * if the program had named it in bind(), and given back if the kernel had picked it (bind() to
 * port 0 or no bind()), or if accept() made the socket.
 * Source: tcp_set_state(), "!(sk->sk_userlocks & SOCK_BINDPORT_LOCK)" before inet_put_port();
 * __inet_bind() sets that lock for a port that is not 0.
 * Relied on by: rules/conflict (who holds); the reason `bound-idle`. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static void reset(int fd)
{
    struct linger at_once = { 1, 0 };

    CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0, "SO_LINGER");
    close(fd);
}

static void wait_for_reset(int fd)
{
    struct pollfd end = { .fd = fd, .events = POLLIN };
    char byte;

    CHECK(poll(&end, 1, 2000) == 1, "the reset comes");
    CHECK(read(fd, &byte, 1) < 0 && errno == ECONNRESET, "read gives ECONNRESET");
}

/* A connection from this port of 127.0.0.3 (0: any), reset by the server. Returns the port. */
static int reset_client(int listener, int port)
{
    int client = net_bound_tcp("127.0.0.3", port, 0, 0);

    port = net_port(client);
    CHECK_RESULT(net_connect(client, "127.0.0.1", net_port(listener)), 0, "connect");
    reset(net_accept(listener));
    wait_for_reset(client);
    return port;
}

static void after_reset(void)
{
    int listener = net_listener("127.0.0.1", 20001, 0, 0);
    int client, child;

    CHECK_RESULT(net_try_tcp("127.0.0.3", reset_client(listener, 20002), 0, 0), -EADDRINUSE,
                 "a port that bind() named, then reset");
    CHECK_RESULT(net_try_tcp("127.0.0.3", reset_client(listener, 0), 0, 0), 0,
                 "a port that bind() picked, then reset");

    client = net_tcp("127.0.0.1");
    CHECK_RESULT(net_connect(client, "127.0.0.1", 20001), 0, "connect");
    child = net_accept(listener);
    close(listener);
    reset(client);
    wait_for_reset(child);
    CHECK_RESULT(net_try_tcp("127.0.0.1", 20001, 0, 0), 0, "an accepted child, then reset");
}

static void after_refusal(void)
{
    int closed = net_bound_tcp("127.0.0.1", 0, 0, 0);
    int bound = net_bound_tcp("127.0.0.3", 20003, 0, 0);
    int automatic = net_tcp("127.0.0.1");

    CHECK_RESULT(net_connect(bound, "127.0.0.1", net_port(closed)), -ECONNREFUSED, "connect");
    CHECK_RESULT(net_try_tcp("127.0.0.3", 20003, 0, 0), -EADDRINUSE, "named, then refused");
    CHECK_RESULT(net_connect(automatic, "127.0.0.1", net_port(closed)), -ECONNREFUSED, "connect");
    /* getsockname() still names the port; it is held no more. */
    CHECK(net_port(automatic) != 0, "the old port is still shown");
    CHECK_RESULT(net_try_tcp("127.0.0.1", net_port(automatic), 0, 0), 0,
                 "a port that connect() picked, then refused");
}

int main(void)
{
    net_own_namespace();
    after_reset();
    after_refusal();
    return CHECK_PASSED;
}

/* Rule: a listener after shutdown() with its descriptor open holds the port as a bound socket
 * does: in state CLOSE, where SO_REUSEADDR counts, and without a row in /proc/net/tcp. But only
 * if bind() named the port: one that bind() or listen() picked is given back. UDP keeps its
 * port in any case.
 * Source: tcp_disconnect() and tcp_set_state() keep the port under SOCK_BINDPORT_LOCK, which
 * __inet_bind() sets for a port that is not 0.
 * Relied on by: the reason `bound-idle`; facts/sockdiag, which asks for bound-only rows. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static void named_port(void)
{
    int port = 20001;
    int fd = net_listener("127.0.0.1", port, 0, 0);

    CHECK(shutdown(fd, SHUT_RDWR) == 0, "shutdown");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "after shutdown");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), -EADDRINUSE, "newcomer alone");
    CHECK_EQ(net_rows(port, 0), 0, "rows in /proc/net/tcp");
    net_reuseaddr(fd, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), 0, "both have SO_REUSEADDR");
    close(fd);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), 0, "after close");
}

static void picked_port(void)
{
    int fd = net_listener("127.0.0.1", 0, 0, 0);
    int port = net_port(fd);

    CHECK(shutdown(fd, SHUT_RDWR) == 0, "shutdown");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), 0, "a port that bind() had picked");
}

static void udp(void)
{
    int fd = net_bound_udp("127.0.0.1", 0, 0, 0);

    CHECK_RESULT(net_connect(fd, "127.0.0.1", 9), 0, "connect udp");
    CHECK(shutdown(fd, SHUT_RDWR) == 0, "shutdown udp");
    CHECK_RESULT(net_try_udp("127.0.0.1", net_port(fd), 0, 0), -EADDRINUSE, "udp shut down");
}

int main(void)
{
    net_own_namespace();
    named_port();
    picked_port();
    udp();
    return CHECK_PASSED;
}

/* Rule: connect() narrows a UDP socket on the wildcard to the source address that was chosen;
 * connect() to AF_UNSPEC widens it again, or gives the port back if bind() had picked it (port
 * 0).
 * Source: __ip4_datagram_connect(), "inet->inet_rcv_saddr = fl4->saddr"; __udp_disconnect().
 * Relied on by: facts, which asks for the holder's address now and not as it was at bind(). */
#include <errno.h>
#include <sys/socket.h>

#include "check.h"
#include "net.h"

static const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

int main(void)
{
    int fd, port = 20001;

    net_own_namespace();
    fd = net_bound_udp("0.0.0.0", port, 0, 0);
    CHECK_RESULT(net_try_udp("127.0.0.2", port, 0, 0), -EADDRINUSE, "wildcard");
    CHECK_RESULT(net_connect(fd, "127.0.0.1", 9), 0, "connect");
    CHECK_RESULT(net_try_udp("127.0.0.2", port, 0, 0), 0, "connected from 127.0.0.1");
    CHECK_RESULT(net_try_udp("127.0.0.1", port, 0, 0), -EADDRINUSE, "its own address");
    CHECK(connect(fd, &nowhere, sizeof nowhere) == 0, "disconnect");
    CHECK_RESULT(net_try_udp("127.0.0.2", port, 0, 0), -EADDRINUSE, "disconnected again");

    fd = net_bound_udp("0.0.0.0", 0, 0, 0);
    port = net_port(fd);
    CHECK_RESULT(net_connect(fd, "127.0.0.1", 9), 0, "connect");
    CHECK(connect(fd, &nowhere, sizeof nowhere) == 0, "disconnect");
    CHECK_RESULT(net_try_udp("0.0.0.0", port, 0, 0), 0, "a port that bind() had picked");
    return CHECK_PASSED;
}

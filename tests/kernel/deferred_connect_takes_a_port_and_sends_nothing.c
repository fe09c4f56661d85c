/* Rule: with TCP_FASTOPEN_CONNECT and TCP_FASTOPEN_NO_COOKIE connect() takes a local port, or says
 * EADDRNOTAVAIL where none is left, and sends nothing before the first write(); closed before it,
 * the port is free again and the other end has heard nothing.
 * Source: tcp_v4_connect(), inet_hash_connect() before tcp_fastopen_defer_connect().
 * Relied on by: command/connect. */
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

#ifndef TCP_FASTOPEN_NO_COOKIE
#define TCP_FASTOPEN_NO_COOKIE 34 /* linux/tcp.h, Linux 4.15 */
#endif

static int deferred(const char *address)
{
    int fd = net_tcp(address);

    CHECK_RESULT(net_set(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1), 0, "TCP_FASTOPEN_NO_COOKIE");
    CHECK_RESULT(net_set(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), 0, "TCP_FASTOPEN_CONNECT");
    return fd;
}

static bool heard(int fd)
{
    struct pollfd one = { .fd = fd, .events = POLLIN };

    return poll(&one, 1, 100) > 0;
}

static void ask(int wire, const char *address)
{
    int server = net_listener(address, 20001, 0, 0), fd = deferred(address), holder;

    CHECK_RESULT(net_connect(fd, address, 20001), 0, "connect to %s", address);
    CHECK_EQ(net_port(fd), 40000, "the one port that is left");
    CHECK_RESULT(net_connect(deferred(address), address, 20001), -EADDRNOTAVAIL, "a second one");
    close(fd);
    CHECK(!heard(server) && !heard(wire), "nothing was sent");
    CHECK_EQ(net_rows(40000, 0), 0, "rows of the port");

    holder = net_bound_tcp(address, 40000, 0, 0);
    CHECK_RESULT(net_connect(deferred(address), address, 20001), -EADDRNOTAVAIL,
                 "beside a socket that bind() gave the port");
    close(holder);
    fd = net_tcp(address);
    CHECK_RESULT(net_connect(fd, address, 20001), 0, "a plain one");
    CHECK(heard(server) && heard(wire), "which is seen");
    close(server);
}

int main(void)
{
    static const char *const addresses[] = { "127.0.0.1", "::1" };

    for (int i = 0; i < 2; i++) {
        net_own_namespace();
        net_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
        ask(net_socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), addresses[i]);
    }
    return CHECK_PASSED;
}

/* Rule: of unicast UDP sockets that share an address through SO_REUSEADDR, the last one bound
 * gets every datagram; a multicast datagram goes to all of them.
 * Source: udp4_lib_lookup2() over a list that new sockets enter at the head;
 * __udp4_lib_mcast_deliver().
 * Relied on by: rules/policy (`force` leaves datagram sockets alone unless asked),
 * docs/reasons.md. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static bool got_one(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) == 1;
}

static void send_to(const char *address, int port)
{
    struct in_addr lo = { htonl(INADDR_LOOPBACK) };
    struct sockaddr_storage to;
    socklen_t length = net_address(&to, address, port);
    int fd = net_udp(address);

    CHECK(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof lo) == 0, "IP_MULTICAST_IF");
    CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, length) == 1, "send to %s: %s", address,
          check_errno_name(errno));
    close(fd);
}

static void join(int fd)
{
    struct ip_mreq group = { { inet_addr("224.0.0.251") }, { htonl(INADDR_LOOPBACK) } };

    CHECK(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group) == 0, "join: %s",
          check_errno_name(errno));
}

int main(void)
{
    int first, second;

    net_own_namespace();
    first = net_bound_udp("127.0.0.1", 0, 1, 0);
    second = net_bound_udp("127.0.0.1", net_port(first), 1, 0);
    send_to("127.0.0.1", net_port(first));
    CHECK(!got_one(first), "the first binder gets nothing");
    CHECK(got_one(second), "the last binder gets it");
    close(second);
    send_to("127.0.0.1", net_port(first));
    CHECK(got_one(first), "the first binder again, alone");

    first = net_bound_udp("224.0.0.251", 0, 1, 0);
    second = net_bound_udp("224.0.0.251", net_port(first), 1, 0);
    join(first);
    join(second);
    send_to("224.0.0.251", net_port(first));
    CHECK(got_one(first), "the first member gets it");
    CHECK(got_one(second), "the second member gets it");
    return CHECK_PASSED;
}

/* Rule: TCP, UDP, UDP-Lite and each network namespace are spaces of their own: the same address
 * and port in another one never refuses.
 * Source: each protocol has its own table (tcp_hashinfo, udp_table, udplite_table), keyed by
 * netns.
 * Relied on by: rules/conflict, which compares protocol and namespace first. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif

int main(void)
{
    int tcp, lite, port;

    net_own_namespace();
    tcp = net_bound_tcp("127.0.0.1", 0, 0, 0);
    port = net_port(tcp);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "tcp beside tcp");
    CHECK_RESULT(net_try_udp("127.0.0.1", port, 0, 0), 0, "udp beside tcp");
    close(tcp);
    net_bound_udp("127.0.0.1", port, 0, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), 0, "tcp beside udp");
    lite = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDPLITE);
    if (lite >= 0) {
        CHECK_RESULT(net_bind(lite, "127.0.0.1", port), 0, "udp-lite beside udp");
        CHECK_RESULT(net_bind(net_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE), "127.0.0.1", port),
                     -EADDRINUSE, "udp-lite beside udp-lite");
        close(lite);
    }
    net_own_namespace();
    CHECK_RESULT(net_try_udp("127.0.0.1", port, 0, 0), 0, "another network namespace");
    return CHECK_PASSED;
}

/* Rule: an IPv6 socket that got its native address by accept() from a dual-stack listener, or
 * by connect(), keeps IPV6_V6ONLY 0 and a dummy IPv4 address, 127.0.0.6 (LOOPBACK4_IPV6). A
 * newcomer on 0.0.0.0 meets it although no IPv4 address is in use; so does 127.0.0.6 itself for
 * UDP (for TCP before Linux 6.1 only). With IPV6_V6ONLY the socket meets no IPv4 one.
 * Source: tcp_v6_syn_recv_sock(), ip6_datagram_connect(), tcp_v6_connect();
 * ipv6_rcv_saddr_equal().
 * Relied on by: rules/endpoint (the shadow of a child or client), the reason `outgoing`. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static int client(int v6only, int to_port)
{
    int fd = net_tcp("::1");

    net_v6only(fd, v6only);
    CHECK_RESULT(net_connect(fd, "::1", to_port), 0, "connect");
    return fd;
}

static void child_of_dual_listener(void)
{
    int listener = net_tcp("::"), port;
    struct net_pair pair;

    net_v6only(listener, 0);
    CHECK_RESULT(net_bind(listener, "::", 0), 0, "bind");
    CHECK_RESULT(net_listen(listener), 0, "listen");
    pair = net_pair(listener);
    port = net_port(listener);
    close(listener);
    CHECK_RESULT(net_try_tcp("0.0.0.0", port, 0, 0), -EADDRINUSE, "0.0.0.0 after a child on ::1");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), 0, "127.0.0.1 after a child on ::1");
    CHECK_RESULT(net_try_tcp("::ffff:0.0.0.0", port, 0, 0), 0, "::ffff:0.0.0.0 after the child");
    CHECK_RESULT(net_try_tcp("::", port, 0, 0), -EADDRINUSE, ":: after a child on ::1");
    net_reuseaddr(pair.server, 1);
    CHECK_RESULT(net_try_tcp("0.0.0.0", port, 1, 0), 0, "SO_REUSEADDR on both excuses it");
}

static void outgoing_connections(void)
{
    int server = net_listener("::1", 0, 0, 0);
    int plain = client(0, net_port(server));
    int only = client(1, net_port(server));

    CHECK_RESULT(net_try_tcp("0.0.0.0", net_port(plain), 0, 0), -EADDRINUSE,
                 "0.0.0.0 after an outgoing IPv6 connection");
    CHECK_RESULT(net_try_tcp("127.0.0.6", net_port(plain), 0, 0),
                 check_kernel_before(6, 1) ? -EADDRINUSE : 0,
                 "127.0.0.6 after an outgoing IPv6 connection");
    CHECK_RESULT(net_try_tcp("0.0.0.0", net_port(only), 0, 0), 0,
                 "0.0.0.0 after an outgoing connection with IPV6_V6ONLY");
}

static void udp_clients(void)
{
    int fd = net_udp("::1");

    net_v6only(fd, 0);
    CHECK_RESULT(net_connect(fd, "::1", 9), 0, "connect udp");
    CHECK_RESULT(net_try_udp("0.0.0.0", net_port(fd), 0, 0), -EADDRINUSE, "udp 0.0.0.0");
    CHECK_RESULT(net_try_udp("127.0.0.6", net_port(fd), 0, 0), -EADDRINUSE, "udp 127.0.0.6");
    CHECK_RESULT(net_try_udp("127.0.0.1", net_port(fd), 0, 0), 0, "udp 127.0.0.1");
}

int main(void)
{
    net_own_namespace();
    child_of_dual_listener();
    outgoing_connections();
    udp_clients();
    return CHECK_PASSED;
}

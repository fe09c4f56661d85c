/* Rule: a raw socket holds no port, of whatever protocol, IPv4 or IPv6: twins bind the same
 * address, and neither refuses a TCP or UDP socket there, nor is refused by one. Source: raw_bind
 * and rawv6_bind look at addresses only; a port in the address is ignored. Relied on by:
 * facts/sockdiag, which asks the tables of the newcomer's own protocol alone. */
#include <netinet/in.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

enum { PORT = 8080 };

static void twins(int family, const char *address, int protocol)
{
    int first = net_socket(family, SOCK_RAW, protocol);
    int second = net_socket(family, SOCK_RAW, protocol);

    CHECK_RESULT(net_bind(first, address, PORT), 0, "raw %d on %s", protocol, address);
    CHECK_RESULT(net_bind(second, address, PORT), 0, "its twin");
    CHECK_RESULT(net_try_tcp(address, PORT, 0, 0), 0, "tcp beside raw %d", protocol);
    CHECK_RESULT(net_try_udp(address, PORT, 0, 0), 0, "udp beside raw %d", protocol);
    close(first);
    close(second);
}

int main(void)
{
    static const int protocols[] = {IPPROTO_TCP, IPPROTO_UDP};

    net_own_namespace();
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        twins(AF_INET, "127.0.0.1", protocols[i]);
        twins(AF_INET6, "::1", protocols[i]);
    }
    net_listener("::1", PORT, 0, 0);
    net_bound_udp("::1", PORT, 0, 0);
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        CHECK_RESULT(net_bind(net_socket(AF_INET6, SOCK_RAW, protocols[i]), "::1", PORT), 0,
                     "raw %d beside a listener and a datagram socket", protocols[i]);
    return CHECK_PASSED;
}

/* Rule: connect() gives one ephemeral port to several sockets with different destinations; a
 * bind() meets them all. It meets an outgoing connection by the same rule as any other holder.
 * Source: __inet_hash_connect(), "unique 4-tuple"; inet_csk_bind_conflict().
 * Relied on by: the reason `outgoing`; rules/verdict (all holders must be excused). */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static int client_of(int server)
{
    int fd = net_tcp("127.0.0.1");

    CHECK_RESULT(net_connect(fd, "127.0.0.1", net_port(server)), 0, "connect");
    return fd;
}

int main(void)
{
    int one, other, port, first, second;

    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
    one = net_listener("127.0.0.1", 20001, 0, 0);
    other = net_listener("127.0.0.1", 20002, 0, 0);
    first = client_of(one);
    second = client_of(other);
    port = net_port(first);
    CHECK_EQ(port, 40000, "the first client's port");
    CHECK_EQ(net_port(second), port, "the second client's port");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), -EADDRINUSE, "no client has the option");
    net_reuseaddr(first, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), -EADDRINUSE, "one client has it");
    net_reuseaddr(second, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), 0, "both clients have it");
    return CHECK_PASSED;
}

/* Rule: a port that outgoing connections alone have is shared by connections to other addresses.
 * Before Linux 6.18 a bind of that port that works, and is closed again, ends that for as long as
 * one of them is there; since then it does not.
 * Source: __inet_hash_connect(), "tb->fastreuse >= 0"; inet_put_port() of 6.18.
 * Relied on by: facts (no probe is made there before 6.18). */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static int connect_to(const char *address, int port)
{
    int fd = net_tcp(address), result;

    net_reuseaddr(fd, 1);
    result = net_connect(fd, address, port);
    if (result != 0)
        close(fd);
    return result;
}

int main(void)
{
    int server;

    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
    server = net_listener("0.0.0.0", 20001, 0, 0);
    CHECK_RESULT(connect_to("127.0.0.1", 20001), 0, "the first connection");
    CHECK_RESULT(connect_to("127.0.0.2", 20001), 0, "a second one shares its port");
    CHECK_RESULT(net_try_tcp("0.0.0.0", 40000, 1, 0), 0, "a bind with SO_REUSEADDR, closed again");
    CHECK_RESULT(connect_to("127.0.0.3", 20001), check_kernel_before(6, 18) ? -EADDRNOTAVAIL : 0,
                 "a third connection after that");
    close(server);
    return CHECK_PASSED;
}

/* Rule: a bind() that fails leaves the socket as it was: the same descriptor may set an option,
 * or wait, and bind again; listen() then takes a port of the kernel's choice.
 * Source: __inet_bind(), "inet_reset_saddr(sk)" on failure; inet_autobind through listen().
 * Relied on by: the actions `force` and `wait`; the misuse `ignored-failure`. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int port, fd, other;

    net_own_namespace();
    port = net_time_wait("127.0.0.1", 0, 1, 0);
    fd = net_tcp("127.0.0.1");
    CHECK_RESULT(net_bind(fd, "127.0.0.1", port), -EADDRINUSE, "without the option");
    CHECK_EQ(net_port(fd), 0, "the port after the failure");
    net_reuseaddr(fd, 1);
    CHECK_RESULT(net_bind(fd, "127.0.0.1", port), 0, "the same descriptor, with the option");

    other = net_tcp("127.0.0.1");
    CHECK_RESULT(net_bind(other, "127.0.0.1", port), -EADDRINUSE, "another one");
    CHECK_RESULT(net_listen(other), 0, "listen after a failed bind");
    CHECK(net_port(other) != 0 && net_port(other) != port, "it listens on some other port");
    return CHECK_PASSED;
}

/* Rule: a second bind() is EINVAL, an address that is not ours EADDRNOTAVAIL, a low port
 * without the right EACCES, unreadable memory EFAULT, another family EAFNOSUPPORT: none of them
 * is EADDRINUSE.
 * Source: __inet_bind(), inet_bind_sk(), move_addr_to_kernel(); bind(2).
 * Relied on by: hook/calls, which looks at nothing but EADDRINUSE. */
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int fd, port, low;

    net_own_namespace();
    fd = net_tcp("127.0.0.1");
    CHECK_RESULT(net_bind(fd, "192.0.2.1", 0), -EADDRNOTAVAIL, "an address that is not ours");
    CHECK_RESULT(net_bind(fd, "::1", 0), -EAFNOSUPPORT, "IPv6 on an IPv4 socket");
    CHECK(bind(fd, (struct sockaddr *)(uintptr_t)1, 16) == -1 && errno == EFAULT, "EFAULT");
    CHECK_RESULT(net_bind(fd, "127.0.0.1", 0), 0, "bind");
    port = net_port(fd);
    CHECK_RESULT(net_bind(fd, "127.0.0.1", port), -EINVAL, "bound twice");
    low = net_tcp("127.0.0.1");
    net_user(65534);
    CHECK_RESULT(net_bind(low, "127.0.0.1", 80), -EACCES, "a low port, unprivileged");
    net_user(0);
    /* The taken port is found before the second bind is: the order of the checks. */
    net_bound_tcp("127.0.0.2", port, 0, 0);
    CHECK_RESULT(net_bind(fd, "127.0.0.2", port), -EINVAL, "bound twice, to a taken port");
    return CHECK_PASSED;
}

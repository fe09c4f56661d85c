/* Rule: binding a link-local address binds the socket to the device of its scope; the same
 * address with another scope is another place. Without a scope the bind is EINVAL.
 * Source: __inet6_bind(), "addr_type & IPV6_ADDR_LINKLOCAL".
 * Relied on by: rules/endpoint (the scope of an IPv6 address is part of the socket's device). */
#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    char device[IF_NAMESIZE] = "";
    socklen_t length = sizeof device;
    int holder, other, port;

    net_own_namespace();
    net_add_device("second");
    net_add_address("fe80::1");                         /* on lo */
    holder = net_tcp("::1");
    CHECK_RESULT(net_bind(holder, "fe80::1", 0), -EINVAL, "no scope");
    CHECK_RESULT(net_bind(holder, "fe80::1%lo", 0), 0, "scope lo");
    port = net_port(holder);
    CHECK(getsockopt(holder, SOL_SOCKET, SO_BINDTODEVICE, device, &length) == 0, "device");
    CHECK_STR(device, "lo", "the device the socket is bound to now");
    CHECK_RESULT(net_try_tcp("fe80::1%lo", port, 0, 0), -EADDRINUSE, "same scope");
    CHECK_RESULT(net_try_tcp("::", port, 0, 0), -EADDRINUSE, "the wildcard without a device");
    other = net_tcp("::1");
    CHECK(setsockopt(other, SOL_SOCKET, SO_BINDTODEVICE, "second", 6) == 0, "other device");
    CHECK_RESULT(net_bind(other, "::", port), 0, "the wildcard on another device");
    return CHECK_PASSED;
}

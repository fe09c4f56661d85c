/* Rule: two sockets bound to different devices never meet; one without a device meets both. The
 * scope of a link-local address counts as the device.
 * Source: inet_bind_conflict(), "!sk2->sk_bound_dev_if || ..."; inet6_bind() for link-local.
 * Relied on by: rules/conflict (the ifindex of an endpoint). */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static int bind_on(const char *device, int kind, int port, int *fd)
{
    *fd = net_socket(AF_INET, kind, 0);
    CHECK(setsockopt(*fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) == 0,
          "SO_BINDTODEVICE %s", device);
    return net_bind(*fd, "0.0.0.0", port);
}

static void meets(int kind)
{
    int on_lo, other, port;

    CHECK_RESULT(bind_on("lo", kind, 0, &on_lo), 0, "first, on lo");
    port = net_port(on_lo);
    CHECK_RESULT(bind_on("second", kind, port, &other), 0, "another device");
    close(other);
    CHECK_RESULT(bind_on("lo", kind, port, &other), -EADDRINUSE, "the same device");
    close(other);
    other = net_socket(AF_INET, kind, 0);
    CHECK_RESULT(net_bind(other, "0.0.0.0", port), -EADDRINUSE, "no device");
    CHECK_RESULT(net_bind(other, "127.0.0.1", port), -EADDRINUSE, "no device, one address");
    close(other);
    close(on_lo);
}

int main(void)
{
    net_own_namespace();
    net_add_device("second");
    meets(SOCK_STREAM);
    meets(SOCK_DGRAM);
    return CHECK_PASSED;
}

/* Rule: a TCP socket that is bound to a VRF meets neither one of another VRF nor one without a
 * device; a UDP socket meets the latter, as on any device.
 * Source: inet_bind_bucket_match(), "tb->l3mdev == l3mdev"; udp_lib_lport_inuse().
 * Relied on by: facts/apart. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static int bind_to(const char *device, int fd, int port, int *kept)
{
    int result;

    if (device != NULL)
        CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)), 0,
                 "SO_BINDTODEVICE");
    result = net_bind(fd, "0.0.0.0", port);
    if (kept != NULL)
        *kept = fd;
    else
        close(fd);
    return result;
}

int main(void)
{
    int held;

    net_own_namespace();
    net_add_vrf("red", 10);
    net_add_vrf("blue", 20);
    CHECK_RESULT(bind_to("red", net_tcp("0.0.0.0"), 20001, &held), 0, "TCP in a VRF");
    CHECK_RESULT(bind_to("red", net_tcp("0.0.0.0"), 20001, NULL), -EADDRINUSE, "in the same one");
    CHECK_RESULT(bind_to("blue", net_tcp("0.0.0.0"), 20001, NULL), 0, "in another one");
    CHECK_RESULT(bind_to(NULL, net_tcp("0.0.0.0"), 20001, NULL), 0, "without a device");
    CHECK_RESULT(bind_to("red", net_udp("0.0.0.0"), 20001, &held), 0, "UDP in a VRF");
    CHECK_RESULT(bind_to("blue", net_udp("0.0.0.0"), 20001, NULL), 0, "UDP in another one");
    CHECK_RESULT(bind_to(NULL, net_udp("0.0.0.0"), 20001, NULL), -EADDRINUSE,
                 "UDP without a device");
    return CHECK_PASSED;
}

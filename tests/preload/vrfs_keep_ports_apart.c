/* A listener in a VRF is not told to be in the way of a TCP socket without a device, nor the
 * reverse; of the same VRF it is. Of UDP it is, as the kernel has it. Oracle: the kernel's own
 * answers, and which of our sockets is where. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

enum { PORT = 20001 };

static int bound(int fd, const char *device, int expected)
{
    if (device != NULL)
        CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)), 0,
                 "SO_BINDTODEVICE");
    CHECK_RESULT(net_bind(fd, "0.0.0.0", PORT), expected, "bind in %s", device ? device : "none");
    return fd;
}

/* One newcomer, in the VRF that DEVICE is, or in none. */
static int play(const char *device)
{
    bool udp = strcmp(device, "udp") == 0;
    int fd = udp ? net_udp("0.0.0.0") : net_tcp("0.0.0.0");

    bound(fd, udp || strcmp(device, "none") == 0 ? NULL : device, -EADDRINUSE);
    return CHECK_PASSED;
}

static void check_told(const char *newcomer, const char *state)
{
    struct run_result run = run_shimmed(newcomer, "explain", told_json);
    const char *record = told_record(run.err, "bind_failed", 0);

    CHECK_EQ(run.status, CHECK_PASSED, "%s: %s", newcomer, run.err);
    CHECK_EQ(json_length(record, "holders"), 1, "holders of %s in\n%s", newcomer, record);
    CHECK_STR(json_at(record, "holders.0.state"), state, "%s: which of them", newcomer);
    CHECK_STR(json_at(record, "reason"), strcmp(state, "LISTEN") == 0 ? "listening"
                                         : strcmp(newcomer, "udp") == 0 ? "datagram-held"
                                                                        : "bound-idle",
              "%s: the reason", newcomer);
}

int main(int argc, char **argv)
{
    int red;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    net_add_vrf("red", 10);
    net_add_vrf("blue", 20);
    red = bound(net_tcp("0.0.0.0"), "red", 0);
    bound(net_tcp("0.0.0.0"), NULL, 0);
    bound(net_udp("0.0.0.0"), "red", 0);
    CHECK_RESULT(net_listen(red), 0, "listen");
    bound(net_tcp("0.0.0.0"), "blue", 0);
    check_told("none", "BOUND");
    check_told("red", "LISTEN");
    check_told("blue", "BOUND");
    check_told("udp", "BOUND");
    return CHECK_PASSED;
}

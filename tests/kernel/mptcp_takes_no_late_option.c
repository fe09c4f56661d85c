/* Rule: on a connected MPTCP socket SO_REUSEADDR can no longer be set (EINVAL), so there is no late
 * cure, unlike TCP. Linux 6.1 still takes it.
 * Source: mptcp_setsockopt_sol_socket(), mptcp_sol_socket_sync_intval().
 * Relied on by: rules/cures (none of them sets an option late). */
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static int late(int protocol, bool after_connect)
{
    int listener = net_listener("127.0.0.1", 0, 0, 0), fd = socket(AF_INET, SOCK_STREAM, protocol);
    int result;

    if (fd < 0)
        skip("no MPTCP: %s", check_errno_name(errno));
    if (after_connect)
        CHECK_RESULT(net_connect(fd, "127.0.0.1", net_port(listener)), 0, "connect");
    result = net_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    close(fd);
    close(listener);
    return result;
}

int main(void)
{
    int result;

    net_own_namespace();
    CHECK_RESULT(late(IPPROTO_TCP, true), 0, "connected TCP");
    CHECK_RESULT(late(IPPROTO_MPTCP, false), 0, "fresh MPTCP");
    result = late(IPPROTO_MPTCP, true);
    CHECK(result == -EINVAL || (result == 0 && check_kernel_before(6, 12)), "connected MPTCP: %s",
          check_errno_name(result));
    return CHECK_PASSED;
}

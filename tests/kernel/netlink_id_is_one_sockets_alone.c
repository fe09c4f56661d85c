/* Rule: a netlink port id (nl_pid) is one socket's alone in a netlink family and network namespace,
 * whatever the options; another family has ids of its own, and nl_pid 0 always gets one. The
 * kernel's list (NETLINK_DIAG) has family, id and inode.
 * Source: netlink_insert(), netlink_autobind().
 * Relied on by: rules/conflict (between_names), rules/verdict (netlink-id), facts/sockdiag_row. */
#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

enum { ID = 77 };

static int bound(int family, unsigned id, int option, int *result)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_pid = id};
    int fd = net_socket(AF_NETLINK, SOCK_RAW, family);

    net_reuseaddr(fd, option);
    net_set(fd, SOL_SOCKET, SO_REUSEPORT, option); /* newer kernels refuse it: EOPNOTSUPP */
    *result = bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : -errno;
    return fd;
}

int main(void)
{
    int first, result;

    net_own_namespace();
    first = bound(NETLINK_ROUTE, ID, 1, &result);
    CHECK_RESULT(result, 0, "the first");
    for (int option = 0; option <= 1; option++) {
        close(bound(NETLINK_ROUTE, ID, option, &result));
        CHECK_RESULT(result, -EADDRINUSE, "the same id, options %d", option);
    }
    close(bound(NETLINK_GENERIC, ID, 0, &result));
    CHECK_RESULT(result, 0, "in another family");
    close(bound(NETLINK_ROUTE, 0, 0, &result));
    CHECK_RESULT(result, 0, "nl_pid 0");
    close(first);
    close(bound(NETLINK_ROUTE, ID, 0, &result));
    CHECK_RESULT(result, 0, "after the first was closed");
    return CHECK_PASSED;
}

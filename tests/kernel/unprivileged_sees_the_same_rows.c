/* Rule: sock_diag shows an unprivileged caller the sockets of all users of its network
 * namespace, with their inodes and uids.
 * Source: inet_diag asks for CAP_NET_ADMIN only for INET_DIAG_MARK and SOCK_DESTROY.
 * Relied on by: facts/sockdiag (no right is needed), `visibility`. */
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"
#include "run.h"

static int fd;

static int look(void *unused)
{
    struct diag_rows rows;

    (void)unused;
    CHECK(setuid(65534) == 0, "setuid");
    rows = diag_port(AF_INET, net_port(fd));
    CHECK_EQ(rows.count, 1, "rows");
    CHECK_EQ(rows.row[0].uid, 0, "uid");
    CHECK_EQ(rows.row[0].inode, diag_inode(fd), "inode");
    return CHECK_PASSED;
}

int main(void)
{
    struct run_result result;

    net_own_namespace();
    net_user(0);
    fd = net_listener("127.0.0.1", 0, 0, 0);
    result = run_function(look, NULL);
    CHECK_EQ(result.status, CHECK_PASSED, "an unprivileged look: %s", result.err);
    return CHECK_PASSED;
}

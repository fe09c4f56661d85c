/* Rule: the user that SO_REUSEPORT compares is the owner of the socket's inode: the effective
 * user who made it (for a connection: who accepted it), or whoever fchown() named since.
 * Source: sock_alloc(), sock_i_uid(), sockfs_setattr().
 * Relied on by: the reason `reuseport-owner`; facts/sockdiag (idiag_uid is the same number). */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"

enum { NOBODY = 65534 };

int main(void)
{
    struct diag_rows rows;
    int holder, wanted, port, listener, client, child;

    net_own_namespace();
    holder = net_listener("127.0.0.1", 0, 0, 1);
    port = net_port(holder);
    net_user(NOBODY);
    wanted = net_tcp("127.0.0.1");
    net_user(0);
    net_reuseport(wanted, 1);
    CHECK_RESULT(net_bind(wanted, "127.0.0.1", port), -EADDRINUSE, "made by another user");
    CHECK(fchown(wanted, 0, (gid_t)-1) == 0, "fchown");
    CHECK_RESULT(net_bind(wanted, "127.0.0.1", port), 0, "given to the holder's user");
    close(wanted);
    CHECK(fchown(holder, NOBODY, (gid_t)-1) == 0, "fchown");
    net_user(NOBODY);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 1), 0, "the holder given to the newcomer's user");
    net_user(0);
    rows = diag_port(AF_INET, port);
    CHECK_EQ(rows.count, 1, "rows");
    CHECK_EQ(rows.row[0].uid, NOBODY, "the user in the dump");

    listener = net_listener("127.0.0.1", 0, 0, 1);
    client = net_tcp("127.0.0.1");
    CHECK_RESULT(net_connect(client, "127.0.0.1", net_port(listener)), 0, "connect");
    net_user(NOBODY);
    child = net_accept(listener);
    net_user(0);
    port = net_port(listener);
    close(listener);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 1), -EADDRINUSE, "accepted by another user");
    CHECK(fchown(child, 0, (gid_t)-1) == 0, "fchown");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 1), 0, "the child given to us");
    return CHECK_PASSED;
}

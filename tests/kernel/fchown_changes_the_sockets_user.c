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

static int try_as_nobody(int port)
{
    int result;

    net_user(NOBODY);
    result = net_try_tcp("127.0.0.1", port, 0, 1);
    net_user(0);
    return result;
}

/* Root's listener is gone, its bucket still lets root's SO_REUSEPORT in unseen: ask as nobody. */
static void connection_accepted_by(unsigned uid, int expected)
{
    int listener = net_listener("127.0.0.1", 0, 0, 1), client = net_tcp("127.0.0.1");
    int port = net_port(listener), child;

    CHECK_RESULT(net_connect(client, "127.0.0.1", port), 0, "connect");
    net_user(uid);
    child = net_accept(listener);
    net_user(0);
    close(listener);
    CHECK_RESULT(try_as_nobody(port), expected, "a connection accepted by user %u", uid);
    close(child);
    close(client);
}

int main(void)
{
    struct diag_rows rows;
    int holder, wanted, port;

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

    CHECK_RESULT(try_as_nobody(port), -EADDRINUSE, "the holder is root's");
    CHECK(fchown(holder, NOBODY, (gid_t)-1) == 0, "fchown");
    CHECK_RESULT(try_as_nobody(port), 0, "the holder was given away");
    rows = diag_port(AF_INET, port);
    CHECK_EQ(rows.count, 1, "rows");
    CHECK_EQ(rows.row[0].uid, NOBODY, "the user in the dump");

    connection_accepted_by(0, -EADDRINUSE);
    connection_accepted_by(NOBODY, 0);
    return CHECK_PASSED;
}

/* Rule: SOCK_DESTROY ends a TIME_WAIT or an orphaned FIN_WAIT2 at once and gives the port back.
 * Of a live listener it ends only the listening: its program still holds the port, without a
 * row in /proc/net/tcp. Unprivileged it is EPERM.
 * Source: tcp_diag_destroy(), tcp_abort(); sock_diag(7).
 * Relied on by: `reuseshim free`, which never touches a live process's socket. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"
#include "run.h"

static struct diag_row the_row(int port)
{
    struct diag_rows rows = diag_port(AF_INET, port);

    CHECK_EQ(rows.count, 1, "rows of port %d", port);
    return rows.row[0];
}

static int destroy_as_nobody(void *argument)
{
    struct diag_row *row = argument;

    CHECK(setuid(65534) == 0, "setuid");
    CHECK_RESULT(diag_destroy(AF_INET, row, "127.0.0.1"), -EPERM, "unprivileged");
    return CHECK_PASSED;
}

static void ends(int port)
{
    struct diag_row row = the_row(port);
    int result;

    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "before");
    CHECK_EQ(run_function(destroy_as_nobody, &row).status, CHECK_PASSED, "unprivileged");
    result = diag_destroy(AF_INET, &row, "127.0.0.1");
    if (result == -EOPNOTSUPP)
        skip("this kernel cannot end TIME_WAIT (Linux 6.0)");
    CHECK_RESULT(result, 0, "destroy state %d", row.state);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), 0, "after, state was %d", row.state);
}

int main(void)
{
    struct net_pair pair;
    struct diag_row row;
    int listener, port = 20001;

    net_own_namespace();
    net_user(0);
    row = the_row(net_port(listener = net_listener("127.0.0.1", port, 0, 0)));
    if (diag_destroy(AF_INET, &row, "127.0.0.1") == -EOPNOTSUPP)
        skip("no SOCK_DESTROY in this kernel (INET_DIAG_DESTROY)");
    CHECK_EQ(net_get(listener, SOL_SOCKET, SO_ACCEPTCONN), 0, "the listener listens no more");
    CHECK_EQ(net_rows(port, 0), 0, "rows of /proc/net/tcp");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "the listener's port");
    close(listener);

    ends(net_time_wait("127.0.0.1", 0, 0, 0));
    listener = net_listener("127.0.0.1", 0, 0, 0);
    pair = net_pair(listener);
    port = net_port(listener);
    close(listener);
    close(pair.server);
    net_wait_rows(port, NET_FIN_WAIT2, 1);
    ends(port);
    return CHECK_PASSED;
}

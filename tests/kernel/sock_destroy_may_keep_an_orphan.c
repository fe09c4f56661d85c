/* Rule: SOCK_DESTROY of an orphan in FIN_WAIT1 answers 0. Since Linux 6.10, and in later releases
 * of older series, the orphan is gone and its port free. Before, it has lost its timer and its data
 * and stays, until the other end closes. Source: tcp_abort() and SOCK_DEAD, bac76cf89816. Relied on
 * by: `reuseshim free`, which tries that on an orphan of its own first. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"

/* A peer that reads nothing leaves data, then the FIN, unsent. */
static void fill(int fd)
{
    static const char bytes[1 << 16];

    while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
    CHECK(errno == EAGAIN, "the send buffer is full");
}

int main(void)
{
    struct diag_rows rows;
    struct net_pair pair;
    int listener, port, result, left;

    net_own_namespace();
    listener = net_listener("127.0.0.1", 0, 0, 0);
    port = net_port(listener);
    pair = net_pair(listener);
    close(listener);
    fill(pair.server);
    close(pair.server);
    net_wait_rows(port, NET_FIN_WAIT1, 1);
    rows = diag_port(AF_INET, port);
    CHECK_EQ(rows.count, 1, "rows of the port");
    result = diag_destroy(AF_INET, &rows.row[0], "127.0.0.1");
    if (result == -EOPNOTSUPP)
        skip("no SOCK_DESTROY in this kernel (INET_DIAG_DESTROY)");
    CHECK_RESULT(result, 0, "destroy an orphan in FIN_WAIT1");
    left = net_rows(port, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), left > 0 ? -EADDRINUSE : 0,
                 "a bind, %d left",
                 left);
    close(pair.client);
    net_wait_rows(port, 0, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), 0, "after the other end has closed");
    if (left > 0)
        skip("this kernel keeps an orphan that it says it has ended (Linux before 6.10)");
    return CHECK_PASSED;
}

/* An MPTCP server's sockets are in TCP's list under the inode of the MPTCP socket, so that their
 * owner can be found; the cookie is another one. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "rows.h"

enum { MPTCP = 262 };

static struct rows rows;

static void look(int fd, enum socket_state state)
{
    struct diag_query query = {.protocol = PROTOCOL_TCP, .port = (uint16_t)net_port(fd)};
    const struct diag_row *row;

    rows_get(&rows, sockdiag_each, &query);
    row = rows_of_fd(&rows, fd);
    CHECK(row != NULL, "an MPTCP socket has a row with its inode");
    CHECK_STR(socket_state_name(row->socket.state), socket_state_name(state), "state");
    CHECK(row->cookie != net_cookie(fd), "the cookie is that of the subflow");
}

int main(void)
{
    int fd;

    if (check_kernel_before(6, 8))
        skip("bound sockets are in no list before Linux 6.8");
    net_own_namespace();
    fd = socket(AF_INET, SOCK_STREAM, MPTCP);
    if (fd < 0)
        skip("no MPTCP here: %s", check_errno_name(errno));
    CHECK_RESULT(net_bind(fd, "127.0.0.1", 0), 0, "bind");
    look(fd, STATE_BOUND);
    CHECK_RESULT(net_listen(fd), 0, "listen");
    look(fd, STATE_LISTEN);
    close(fd);
    return CHECK_PASSED;
}

/* Rule: a connection that nobody has accepted yet holds the port with inode 0 and no
 * descriptor; the listener's close resets it and gives the port back.
 * Source: inet_csk_listen_stop(); sock_i_ino() of a socket without struct socket.
 * Relied on by: facts/owner (inode 0 has no owner to look for), rules/verdict. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"

int main(void)
{
    int listener, client, port, queued = 0;
    struct diag_rows rows;

    net_own_namespace();
    listener = net_listener("127.0.0.1", 0, 0, 0);
    port = net_port(listener);
    client = net_tcp("127.0.0.1");
    CHECK_RESULT(net_connect(client, "127.0.0.1", port), 0, "connect");
    net_wait_rows(port, NET_ESTABLISHED, 1);
    rows = diag_port(AF_INET, port);
    for (int i = 0; i < rows.count; i++) {
        if (rows.row[i].state == NET_ESTABLISHED) {
            CHECK_EQ(rows.row[i].inode, 0, "inode of the queued connection");
            queued++;
        }
    }
    CHECK_EQ(queued, 1, "queued connections in the dump");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), -EADDRINUSE, "the listener lives");
    close(listener);
    net_wait_rows(port, 0, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), 0, "the listener is closed");
    return CHECK_PASSED;
}

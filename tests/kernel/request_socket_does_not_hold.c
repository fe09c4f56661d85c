/* Rule: a connection whose handshake is not complete (SYN_RECV) holds no port: it is not among the
 * sockets that bind() looks through. It is listed while its listener lives.
 * Source: inet_reqsk_alloc(): a request_sock is in the hash of connections only; inet_csk_destroy.
 * Relied on by: facts/sockdiag: rows in SYN_RECV are no holders. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"

/* Of this socket nothing that arrives is heard, so the handshake stays open. */
static int deaf_client(const char *address, int port)
{
    struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {1, &drop};
    int fd = net_socket(net_family(address), SOCK_STREAM | SOCK_NONBLOCK, 0);

    CHECK(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0, "a filter");
    CHECK_RESULT(net_connect(fd, address, port), -EINPROGRESS, "connect");
    return fd;
}

int main(void)
{
    struct net_pair pair;
    int listener, client, port;

    net_own_namespace();
    listener = net_listener("127.0.0.1", 0, 0, 0);
    port = net_port(listener);
    client = deaf_client("127.0.0.1", port);
    net_wait_rows(port, NET_SYN_RECV, 1);
    close(listener);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), 0, "bind beside an open handshake");
    close(client);

    /* What a complete one would have done. */
    listener = net_listener("127.0.0.1", port, 0, 0);
    pair = net_pair(listener);
    close(listener);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "bind beside a connection");
    close(pair.client);
    return CHECK_PASSED;
}

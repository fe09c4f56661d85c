/* Rule: connect() of a datagram socket to a path tells whether a socket is bound to it, without
 * disturbing it: ECONNREFUSED for a stale file (or one that is no socket), EPROTOTYPE for a
 * live stream or seqpacket socket, success for a live datagram one. A server's accept queue
 * stays empty. Only a datagram socket keeps a mark: it is listed as connected.
 * Source: unix_find_bsd(), "err = -ECONNREFUSED" without a socket, -EPROTOTYPE by type;
 * unix_dgram_connect(), "other->sk_state"; unix(7).
 * Relied on by: the action `unlink`, where sock_diag cannot be asked; the reason `unix-stale`. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "net.h"

static int ask(const char *path)
{
    int fd = net_unix(SOCK_DGRAM);
    int result = net_connect(fd, path, 0);

    close(fd);
    return result;
}

static void live_and_stale(const char *path, int type, int expected_live)
{
    int server = net_unix(type);
    struct pollfd queue = { .fd = server, .events = POLLIN };

    CHECK_RESULT(net_bind(server, path, 0), 0, "bind");
    CHECK_RESULT(ask(path), expected_live, "bound, type %d", type);
    if (type != SOCK_DGRAM) {
        CHECK_RESULT(net_listen(server), 0, "listen");
        CHECK_RESULT(ask(path), expected_live, "listening, type %d", type);
        CHECK_EQ(poll(&queue, 1, 0), 0, "connections in the accept queue");
    }
    close(server);
    CHECK_RESULT(ask(path), -ECONNREFUSED, "stale, type %d", type);
    CHECK(unlink(path) == 0, "unlink");
}

int main(void)
{
    char path[100];

    folder_file(path, sizeof path, "socket");
    live_and_stale(path, SOCK_STREAM, -EPROTOTYPE);
    live_and_stale(path, SOCK_SEQPACKET, -EPROTOTYPE);
    live_and_stale(path, SOCK_DGRAM, 0);
    CHECK_RESULT(ask(path), -ENOENT, "no file");
    close(creat(path, 0600));
    CHECK_RESULT(ask(path), -ECONNREFUSED, "a regular file");
    return CHECK_PASSED;
}

/* sockdiag_each() shows UNIX sockets with their name, type, state and, for a path, their file. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "rows.h"

static struct rows rows;
static char folder[] = "/tmp/sockdiag-unix-XXXXXX";
static char path[64];

static void clean(void)
{
    unlink(path);
    rmdir(folder);
}

static const struct diag_row *look(int fd)
{
    const struct diag_row *row;

    rows_get(&rows, sockdiag_each, &(struct diag_query){.protocol = PROTOCOL_UNIX});
    CHECK_RESULT(rows.result.error, 0, "the dump");
    row = rows_of_fd(&rows, fd);
    CHECK(row != NULL, "the socket has a row");
    CHECK_EQ(row->socket.uid, geteuid(), "uid");
    return row;
}

/* What a server accepted has the server's name, but is connected. */
static void accepted(int listener)
{
    int client = net_unix(SOCK_STREAM), server;
    const struct diag_row *row;

    CHECK_RESULT(net_connect(client, path, 0), 0, "connect");
    server = net_accept(listener);
    row = look(server);
    CHECK_EQ(row->socket.state, STATE_ESTABLISHED, "state of a connection");
    CHECK_EQ(row->socket.local.path_length, strlen(path), "it has its listener's name");
    CHECK_EQ(row->remote.family, FAMILY_UNIX, "it is connected");
    close(server);
    close(client);
}

/* A datagram socket is bound, and no more, also when somebody has connected to it. */
static void connected_to(int fd)
{
    int client = net_unix(SOCK_DGRAM);

    CHECK_EQ(look(fd)->socket.state, STATE_BOUND, "state");
    CHECK_RESULT(net_connect(client, "@sockdiag", 0), 0, "a client connects to it");
    CHECK_EQ(look(fd)->socket.state, STATE_BOUND, "state with a client");
    CHECK_EQ(look(fd)->remote.family, FAMILY_NONE, "it is not connected itself");
    close(client);
}

int main(void)
{
    const struct diag_row *row;
    struct stat status;
    int fd;

    net_own_namespace(); /* few sockets, and nobody's but ours */
    CHECK(mkdtemp(folder) != NULL, "a folder");
    snprintf(path, sizeof path, "%s/socket", folder);
    atexit(clean);

    fd = net_unix(SOCK_STREAM);
    CHECK_RESULT(net_bind(fd, path, 0), 0, "bind to a path");
    row = look(fd);
    CHECK_EQ(row->socket.state, STATE_BOUND, "state before listen");
    CHECK_EQ(row->unix_type, SOCK_STREAM, "type");
    CHECK_EQ(row->socket.local.path_length, strlen(path), "length of the path");
    CHECK(memcmp(row->socket.local.path, path, strlen(path)) == 0, "path");
    CHECK_EQ(stat(path, &status), 0, "stat");
    CHECK_EQ(row->file_inode, (uint32_t)status.st_ino, "inode of the file");
    CHECK_RESULT(net_listen(fd), 0, "listen");
    row = look(fd);
    CHECK_EQ(row->socket.state, STATE_LISTEN, "state after listen");
    CHECK_EQ(row->remote.family, FAMILY_NONE, "a listener is not connected");
    accepted(fd);
    close(fd);

    fd = net_unix(SOCK_DGRAM);
    CHECK_RESULT(net_bind(fd, "@sockdiag", 0), 0, "bind to an abstract name");
    row = look(fd);
    CHECK_EQ(row->unix_type, SOCK_DGRAM, "type");
    CHECK(endpoint_is_abstract(&row->socket.local), "an abstract name");
    CHECK_EQ(row->socket.local.path_length, 9, "its length, with the first NUL");
    CHECK_EQ(row->file_inode, 0, "an abstract name has no file");
    connected_to(fd);
    close(fd);
    return CHECK_PASSED;
}

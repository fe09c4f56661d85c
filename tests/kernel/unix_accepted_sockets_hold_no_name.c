/* Rule: what a UNIX listener has accepted is listed with the listener's name and file, also when
 * the listener is gone, and holds neither: the file is stale then, the abstract name free. A socket
 * that was bound and has connected since is listed in the same way, and holds its name. Source:
 * unix_stream_connect() (newu->addr, newu->path), unix_find_bsd(). Relied on by: the reasons
 * `unix-stale` and `unix-live`; the action `unlink`. */
#include <errno.h>
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

static int try(const char *name)
{
    int fd = net_unix(SOCK_STREAM);
    int result = net_bind(fd, name, 0);

    close(fd);
    return result;
}

/* Returns what accept() gave; the listener is closed, the client goes on. */
static int accepted(const char *name)
{
    int listener = net_unix(SOCK_STREAM), client = net_unix(SOCK_STREAM), server;

    CHECK_RESULT(net_bind(listener, name, 0), 0, "bind");
    CHECK_RESULT(net_listen(listener), 0, "listen");
    CHECK_RESULT(net_connect(client, name, 0), 0, "connect");
    server = net_accept(listener);
    close(listener);
    return server;
}

/* Returns a socket that is bound to the name and connected to a server. */
static int connected(const char *name)
{
    int listener = net_unix(SOCK_STREAM), client = net_unix(SOCK_STREAM);

    CHECK_RESULT(net_bind(listener, "@server", 0), 0, "bind");
    CHECK_RESULT(net_listen(listener), 0, "listen");
    CHECK_RESULT(net_bind(client, name, 0), 0, "bind");
    CHECK_RESULT(net_connect(client, "@server", 0), 0, "connect");
    close(net_accept(listener));
    close(listener);
    return client;
}

int main(void)
{
    char path[100];

    net_own_namespace();
    folder_file(path, sizeof path, "socket");
    accepted(path);
    CHECK_RESULT(ask(path), -ECONNREFUSED, "the file is stale");
    CHECK(unlink(path) == 0, "unlink");
    accepted("@name");
    CHECK_RESULT(try("@name"), 0, "the abstract name is free");
    close(connected(path));
    CHECK_RESULT(ask(path), -ECONNREFUSED, "a closed one holds nothing");
    CHECK(unlink(path) == 0, "unlink");
    connected(path);
    CHECK_RESULT(ask(path), -EPROTOTYPE, "somebody is bound to the file");
    connected("@other");
    CHECK_RESULT(try("@other"), -EADDRINUSE, "the abstract name is held");
    return CHECK_PASSED;
}

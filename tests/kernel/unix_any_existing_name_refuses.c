/* Rule: binding a UNIX socket path creates a file; any existing name (live socket, stale socket
 * file, regular file, folder, dangling link) is EADDRINUSE. Another network namespace changes
 * nothing.
 * Source: unix_bind_bsd(), kern_path_create() and "err == -EEXIST ? -EADDRINUSE"; unix(7).
 * Relied on by: the reasons `unix-live`, `unix-stale` and `unix-not-a-socket`. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "net.h"

static int try_path(const char *path, int type)
{
    int fd = net_unix(type);
    int result = net_bind(fd, path, 0);

    close(fd);
    return result;
}

int main(void)
{
    char path[100];
    int live;

    CHECK(chdir(folder_path()) == 0, "chdir");
    folder_file(path, sizeof path, "live");
    live = net_unix(SOCK_STREAM);
    CHECK_RESULT(net_bind(live, path, 0), 0, "bind");
    CHECK_RESULT(try_path(path, SOCK_STREAM), -EADDRINUSE, "bound, not listening");
    CHECK_RESULT(net_listen(live), 0, "listen");
    CHECK_RESULT(try_path(path, SOCK_STREAM), -EADDRINUSE, "a live socket");
    CHECK_RESULT(try_path(path, SOCK_DGRAM), -EADDRINUSE, "a live socket of another type");
    net_own_namespace();
    CHECK_RESULT(try_path(path, SOCK_STREAM), -EADDRINUSE, "from another network namespace");
    close(live);
    CHECK_RESULT(try_path(path, SOCK_STREAM), -EADDRINUSE, "a stale socket file");
    CHECK(unlink(path) == 0, "unlink");
    CHECK_RESULT(try_path(path, SOCK_STREAM), 0, "after unlink");
    CHECK(unlink(path) == 0, "unlink");
    close(creat("./file", 0600));
    CHECK_RESULT(try_path("./file", SOCK_STREAM), -EADDRINUSE, "a regular file");
    CHECK(mkdir("./folder", 0700) == 0, "mkdir");
    CHECK_RESULT(try_path("./folder", SOCK_STREAM), -EADDRINUSE, "a folder");
    CHECK(symlink("nowhere", "./link") == 0, "symlink");
    CHECK_RESULT(try_path("./link", SOCK_STREAM), -EADDRINUSE, "a dangling link");
    CHECK_RESULT(try_path("./missing/name", SOCK_STREAM), -ENOENT, "no such folder");
    return CHECK_PASSED;
}

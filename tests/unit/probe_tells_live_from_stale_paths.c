/* probe_path() tells what a UNIX path name is: nothing, live, left behind, or no socket at all; and
 * a server does not notice. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "facts/probe.h"
#include "net.h"
#include "run.h"

enum { NOBODY = 65534 };

static char folder[] = "/tmp/probe-path-XXXXXX";
static char path[64];
static pid_t cleaner;

static void clean(void)
{
    if (getpid() != cleaner)
        return;
    unlink(path);
    rmdir(folder);
}

static enum path_kind ask(const char *name)
{
    struct sockaddr_storage storage;
    socklen_t length = net_address(&storage, name, 0);
    struct endpoint endpoint = endpoint_from_sockaddr(&storage, length);

    return probe_path(&endpoint);
}

/* Does /proc/net/unix call the socket bound to the path connected? 03 is SS_CONNECTED, linux/net.h;
 * 01 is SS_UNCONNECTED. */
static bool is_called_connected(void)
{
    FILE *list = fopen("/proc/net/unix", "re");
    char line[512];
    unsigned int state = 0;

    CHECK(list != NULL, "/proc/net/unix");
    while (fgets(line, sizeof line, list) != NULL && strstr(line, path) == NULL)
        ;
    fclose(list);
    CHECK(sscanf(line, "%*s %*s %*s %*s %*s %x", &state) == 1 && strstr(line, path) != NULL,
          "the socket's line: %s", line);
    return state == 3;
}

static void check_type(int type, const char *name)
{
    int fd = net_unix(type);
    struct pollfd event = {.fd = fd, .events = POLLIN};

    CHECK_RESULT(net_bind(fd, path, 0), 0, "bind");
    CHECK_EQ(ask(path), PATH_LIVE, "a bound %s socket", name);
    CHECK_EQ(is_called_connected(), false, "no mark is left on the %s socket", name);
    if (type != SOCK_DGRAM) {
        CHECK_RESULT(net_listen(fd), 0, "listen");
        CHECK_EQ(ask(path), PATH_LIVE, "a listening %s socket", name);
    }
    CHECK_EQ(poll(&event, 1, 0) == 0 || (event.revents & POLLIN) == 0, 1,
             "the %s server notices nothing", name);
    close(fd);
    CHECK_EQ(ask(path), PATH_STALE, "a %s socket's file after its end", name);
    CHECK_EQ(unlink(path), 0, "unlink");
}

static int serve_elsewhere(void *argument)
{
    int fd;

    (void)argument;
    net_own_namespace();
    fd = net_unix(SOCK_STREAM);
    CHECK_RESULT(net_bind(fd, path, 0), 0, "bind");
    run_say("ready");
    run_until_stopped();
    return 0;
}

/* The kernel's list shows only the own namespace; paths are one space for all. */
static void in_another_network_namespace(void)
{
    struct run_child server = run_start_function(serve_elsewhere, NULL);
    char line[32];

    run_line(&server, line, sizeof line);
    CHECK_EQ(ask(path), PATH_LIVE, "a socket of another network namespace");
    run_stop(&server);
    unlink(path);
}

static void other_things(void)
{
    int fd;

    CHECK_EQ(ask(path), PATH_MISSING, "nothing");
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK_EQ(ask(path), PATH_FILE, "a file");
    close(fd);
    unlink(path);
    CHECK_EQ(symlink("nowhere", path), 0, "symlink");
    CHECK_EQ(ask(path), PATH_LINK, "a dangling link");
    unlink(path);
    CHECK_EQ(ask(folder), PATH_FOLDER, "a folder");
    CHECK_EQ(ask("@probe-path"), PATH_UNKNOWN, "an abstract name");
}

static int as_nobody(void *argument)
{
    (void)argument;
    CHECK_EQ(setgroups(0, NULL), 0, "setgroups");
    CHECK_EQ(setresgid(NOBODY, NOBODY, NOBODY), 0, "setresgid");
    CHECK_EQ(setresuid(NOBODY, NOBODY, NOBODY), 0, "setresuid");
    return (int)ask(path);
}

static void without_permission(void)
{
    int fd = net_unix(SOCK_STREAM);

    CHECK_RESULT(net_bind(fd, path, 0), 0, "bind");
    CHECK_EQ(chmod(path, 0700), 0, "chmod");
    CHECK_EQ(chmod(folder, 0755), 0, "chmod");
    CHECK_EQ(run_function(as_nobody, NULL).status, PATH_LIVE, "live, by the kernel's list");
    close(fd);
    CHECK_EQ(run_function(as_nobody, NULL).status, PATH_UNKNOWN, "not in the list");
    unlink(path);
}

int main(void)
{
    cleaner = getpid();
    CHECK(mkdtemp(folder) != NULL, "a folder");
    snprintf(path, sizeof path, "%s/socket", folder);
    atexit(clean);
    check_type(SOCK_STREAM, "stream");
    check_type(SOCK_SEQPACKET, "seqpacket");
    check_type(SOCK_DGRAM, "datagram");
    other_things();
    if (geteuid() == 0) {
        without_permission();
        in_another_network_namespace();
    }
    return CHECK_PASSED;
}

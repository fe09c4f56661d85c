/* Under unlink a socket file that nobody is bound to is removed and bound again; what is alive,
 * or no socket, stays as it was, whatever its kind. Oracle: stat, connect, the kernel's answer. */
#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};

/* ROLE is the type's digit and the path. */
static int play(const char *role)
{
    run_say("%d", net_bind(net_unix(types[role[0] - '0']), role + 1, 0));
    return 0;
}

static struct stat status_of(const char *path)
{
    struct stat status;

    CHECK(lstat(path, &status) == 0, "%s is there: %s", path, check_errno_name(errno));
    return status;
}

static struct run_result bind_under(const char *policy, int type, const char *path)
{
    char role[PATH_MAX];

    snprintf(role, sizeof role, "%d%s", type, path);
    return run_shimmed(role, policy, NULL);
}

/* The file is gone and made anew: another inode, or at least another time. */
static void removed(const char *policy, int type, const char *path)
{
    struct stat before = status_of(path), now;
    struct run_result run = bind_under(policy, type, path);

    CHECK_STR(run.out, "0\n", "bind of the stale %s under %s", path, policy);
    CHECK_STR(run.err, "", "nothing to explain under %s", policy);
    now = status_of(path);
    CHECK(S_ISSOCK(now.st_mode), "it is a socket again");
    CHECK(now.st_ino != before.st_ino || now.st_ctim.tv_nsec != before.st_ctim.tv_nsec ||
              now.st_ctim.tv_sec != before.st_ctim.tv_sec,
          "the file is a new one");
}

static void kept(const char *policy, int type, const char *path, const char *reason)
{
    struct stat before = status_of(path), now;
    struct run_result run = bind_under(policy, type, path);

    CHECK_STR(run.out, "-98\n", "bind of %s under %s", path, policy);
    CHECK_EQ(told_lines(run.err, reason), 1, "%s is explained as %s:\n%s", path, reason, run.err);
    now = status_of(path);
    CHECK(now.st_ino == before.st_ino && now.st_mode == before.st_mode &&
              now.st_size == before.st_size && now.st_mtim.tv_nsec == before.st_mtim.tv_nsec,
          "%s is as it was", path);
}

static void leave_stale(const char *path, int type)
{
    int fd = net_unix(types[type]);

    CHECK_RESULT(net_bind(fd, path, 0), 0, "bind %s", path);
    close(fd);
}

static void stale_ones(const char *path)
{
    char policy[PATH_MAX];

    leave_stale(path, 0);
    kept("explain", 0, path, "[unix-stale]");
    kept("unix@/nowhere/*.sock=unlink", 0, path, "[unix-stale]");
    kept("force", 0, path, "[unix-stale]");
    removed("unlink", 0, path);
    removed("unix=unlink", 1, path); /* another type than the one that left it */
    removed("unix=unlink+wait:10s", 2, path);
    snprintf(policy, sizeof policy, "unix@%s/*.sock=unlink", folder_path());
    removed(policy, 0, path);
    CHECK(unlink(path) == 0, "remove %s", path);
}

static void live_ones(const char *path)
{
    int i, fd, child;

    for (i = 0; i < 3; i++) {
        fd = net_unix(types[i]);
        CHECK_RESULT(net_bind(fd, path, 0), 0, "bind %s", path);
        kept("unlink", i, path, "[unix-live]");
        kept("unlink", (i + 1) % 3, path, "[unix-live]");
        if (i != 1) {
            CHECK_RESULT(net_listen(fd), 0, "listen");
            kept("unlink", i, path, "[unix-live]");
            child = net_unix(types[i]);
            CHECK_RESULT(net_connect(child, path, 0), 0, "it still answers");
            close(child);
        }
        close(fd);
        CHECK(unlink(path) == 0, "remove %s", path);
    }
}

static void other_things(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    char target[PATH_MAX];

    CHECK(fd >= 0 && write(fd, "data", 4) == 4, "a regular file");
    close(fd);
    kept("unlink", 0, path, "[unix-not-a-socket]");
    unlink(path);
    CHECK(symlink("/nowhere/at/all", path) == 0, "a dangling link");
    kept("unlink", 0, path, "[unix-not-a-socket]");
    unlink(path);
    CHECK(mkdir(path, 0700) == 0, "a folder");
    kept("unlink", 0, path, "[unix-not-a-socket]");
    rmdir(path);
    CHECK(mkfifo(path, 0600) == 0, "a FIFO");
    kept("unlink", 0, path, "[unix-not-a-socket]");
    unlink(path);
    /* A link to a stale socket: the name is a link, and that is no socket. */
    folder_file(target, sizeof target, "target");
    leave_stale(target, 0);
    CHECK(symlink(target, path) == 0, "a link to a socket");
    kept("unlink", 0, path, "[unix-not-a-socket]");
    CHECK(access(target, F_OK) == 0, "its target stays, too");
    unlink(path);
    unlink(target);
}

int main(int argc, char **argv)
{
    char path[PATH_MAX];
    struct run_result run;
    int fd;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    folder_file(path, sizeof path, "server.sock");
    stale_ones(path);
    live_ones(path);
    other_things(path);

    fd = net_unix(SOCK_STREAM);
    CHECK_RESULT(net_bind(fd, "@abstract", 0), 0, "an abstract name");
    run = bind_under("unlink", 0, "@abstract");
    CHECK_STR(run.out, "-98\n", "an abstract name has no file");
    CHECK_EQ(told_lines(run.err, "[unix-abstract]"), 1, "explained: %s", run.err);
    return 0;
}

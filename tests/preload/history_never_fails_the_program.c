/* Where the history cannot be written, the program's calls work as ever, and it says nothing but
 * what the user can mend, once: a full disk, a folder that is read-only, another user's or open
 * to others, no descriptors left, a limit on the size of files, a folder of garbage. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "mounts.h"
#include "net.h"
#include "run.h"
#include "told.h"

static char folder[400];
static char setting[512];
static char *const extra[] = {setting, NULL};

static void binds(void)
{
    for (int i = 0; i < 20; i++) {
        int fd = net_tcp("127.0.0.1");

        CHECK_RESULT(net_bind(fd, "127.0.0.1", 8000 + i), 0, "bind");
        CHECK_RESULT(net_listen(fd), 0, "listen");
        CHECK_EQ(net_port(fd), 8000 + i, "the port");
    }
}

static int play(const char *role)
{
    if (strcmp(role, "file size") == 0)
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000});
    if (strcmp(role, "memory") == 0)
        setrlimit(RLIMIT_AS, &(struct rlimit){0, 0});
    if (strcmp(role, "descriptors") == 0) {
        int fd = net_tcp("127.0.0.1");

        setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)fd + 1, (rlim_t)fd + 1});
        CHECK_RESULT(net_bind(fd, "127.0.0.1", 8000), 0, "bind");
        return 0;
    }
    if (strcmp(role, "nobody") == 0 && setresuid(65534, 65534, 65534) != 0)
        return 77;
    errno = 0;
    binds();
    return 0;
}

static void make(const char *name, mode_t mode)
{
    folder_file(folder, sizeof folder, name);
    CHECK(mkdir(folder, 0700) == 0 && chmod(folder, mode) == 0, "mkdir %s", folder);
    snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=%s", folder);
}

static void works(const char *role, int lines)
{
    struct run_result result = run_shimmed(role, NULL, extra);

    CHECK_EQ(result.status, 0, "%s in %s: %s", role, folder, result.err);
    CHECK_EQ(told_lines(result.err, ""), lines, "%s in %s says: %s", role, folder, result.err);
    if (lines > 0)
        CHECK_CONTAINS(result.err, "REUSESHIM_HISTORY", "it names the variable");
}

/* A file system of its own, in a mount namespace of our own. */
static bool mount_on(const char *options, unsigned long flags)
{
    return mount("none", folder, "tmpfs", flags, options) == 0;
}

static void mounts(void)
{
    if (!mounts_unshare()) {
        printf("warning: no mount namespace here: full and read-only disks were not tried\n");
        return;
    }
    make("full", 0700);
    CHECK(mount_on("size=32k,mode=700", 0), "a small disk");
    works("binds", 0);
    CHECK(access(folder, W_OK) == 0, "still there");
    make("read-only", 0700);
    CHECK(mount_on("size=1m,mode=700", MS_RDONLY), "a read-only disk");
    works("binds", 0);
}

static void garbage(void)
{
    char path[600];

    make("garbage", 0700);
    for (int i = 1; i < 50; i++) {
        snprintf(path, sizeof path, "%s/%d-1-%d.binds", folder, i, i);
        if (i % 3 == 0)
            CHECK(symlink("/dev/zero", path) == 0, "a link");
        else if (i % 3 == 1)
            CHECK(mkdir(path, 0700) == 0, "a folder");
        else
            CHECK(mkfifo(path, 0600) == 0, "a pipe");
    }
    works("binds", 0);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    make("good", 0700);
    works("binds", 0);
    works("descriptors", 0);
    works("file size", 0);
    works("memory", 0);
    works("nobody", 0);
    make("open", 0755);
    works("binds", 1);
    snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=/dev/null");
    works("binds", 1);
    snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=%s/no/such", folder);
    works("binds", 1);
    garbage();
    mounts();
    return 0;
}

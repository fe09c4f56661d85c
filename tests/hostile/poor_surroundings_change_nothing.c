/* Where the shim gets little of what it likes to have, the program still gets the kernel's answers,
 * and a failure is still explained: after chroot, after setuid, in other namespaces, without a
 * descriptor or memory to be had, without /proc. One situation each, in a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "mounts.h"
#include "net.h"
#include "same.h"

static void in_chroot(void)
{
    CHECK(chroot("/usr/share") == 0 && chdir("/") == 0, "chroot: %s", check_errno_name(errno));
}

static void as_nobody(void)
{
    CHECK(setgid(65534) == 0 && setuid(65534) == 0, "setuid: %s", check_errno_name(errno));
}

static void in_namespaces(void)
{
    net_own_namespace();
    CHECK(unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_FS | CLONE_FILES) == 0,
          "unshare: %s", check_errno_name(errno));
}

static void in_user_namespace(void)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        skip("no user namespace: %s", check_errno_name(errno));
    same_calls("lo is down");
}

/* Without one to spare: the program's own sockets are the last. */
static void without_descriptors(void)
{
    struct rlimit limit = {3, 3};
    int fd = 2;

    while (fd >= 0 && fd < 63)
        fd = dup(2);
    for (int last = fd; fd > last - 3; fd--) /* as many as same_calls() opens */
        close(fd);
    limit.rlim_cur = limit.rlim_max = 64;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void with_no_descriptor(void)
{
    struct rlimit limit = {0, 0};

    setrlimit(RLIMIT_NOFILE, &limit);
}

/* The stack that is there stays; it could not grow any more. */
static void without_memory(void)
{
    volatile char stack[128 * 1024];
    struct rlimit limit = {1 << 20, 1 << 20};

    for (size_t i = 0; i < sizeof stack; i += 1024)
        stack[i] = 0;
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0, "setrlimit");
}

static void without_proc(void)
{
    if (!mounts_unshare())
        skip("no mount namespace: %s", check_errno_name(errno));
    CHECK(umount2("/proc", MNT_DETACH) == 0, "umount /proc: %s", check_errno_name(errno));
}

/* Something else in its place. */
static void with_strange_proc(void)
{
    if (!mounts_unshare() ||
        mount("none", "/proc", "tmpfs", 0, NULL) < 0)
        skip("no mount namespace: %s", check_errno_name(errno));
    CHECK(mkdir("/proc/self", 0755) == 0 && mkfifo("/proc/self/status", 0644) == 0 &&
              mkdir("/proc/1", 0000) == 0,
          "a strange /proc");
}

static void with_standard_files_closed(void)
{
    close(STDIN_FILENO);
    close(STDERR_FILENO);
}

static const struct {
    const char *name;
    void (*enter)(void);
    const char *said; /* of the explanation on stderr; NULL if there can be none */
} situations[] = {
    {"after chroot", in_chroot, " cannot bind "},
    {"after setuid", as_nobody, " cannot bind "},
    {"in new namespaces", in_namespaces, " cannot bind "},
    {"in a new user namespace", in_user_namespace, NULL},
    {"without descriptors", without_descriptors, " cannot bind "},
    {"with no descriptor at all", with_no_descriptor, NULL},
    {"without memory", without_memory, " cannot bind "},
    {"without /proc", without_proc, " cannot bind "},
    {"with a strange /proc", with_strange_proc, " cannot bind "},
    {"with standard files closed", with_standard_files_closed, NULL},
};

static int play_role(const char *name)
{
    for (size_t i = 0; i < sizeof situations / sizeof *situations; i++)
        if (strcmp(name, situations[i].name) == 0)
            situations[i].enter();
    same_calls("first");
    same_calls("second");
    return CHECK_PASSED;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play_role(argv[1]);
    if (geteuid() != 0)
        skip("root is needed to chroot, setuid and unshare");
    for (size_t i = 0; i < sizeof situations / sizeof *situations; i++) {
        struct run_result run;

        run = run_self(situations[i].name, NULL);
        if (run.status == CHECK_SKIPPED) {
            fprintf(stderr, "warning: %s: %s", situations[i].name, run.err);
            continue;
        }
        run = same_with_and_without(situations[i].name, NULL);
        if (situations[i].said != NULL)
            CHECK_CONTAINS(run.err, situations[i].said, "stderr %s", situations[i].name);
    }
    return CHECK_PASSED;
}

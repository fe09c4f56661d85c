/* Rule: pidfd_open() and pidfd_getfd() give a copy of another process's socket: getsockopt() on
 * it tells the holder's options, setsockopt() changes them for the holder. It needs the right
 * to trace the process: another user's process is EPERM.
 * Source: pidfd_getfd(2), ptrace(2) PTRACE_MODE_ATTACH_REALCREDS.
 * Relied on by: facts/owner (`held` options), the cure of a live holder. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "run.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static int hold(void *unused)
{
    int fd = net_listener("127.0.0.1", 0, 1, 0);

    (void)unused;
    run_say("%d", fd);
    run_await();
    run_say("%d", net_get(fd, SOL_SOCKET, SO_REUSEPORT));
    run_until_stopped();
    return CHECK_PASSED;
}

struct holder {
    pid_t pid;
    int fd;
};

static int copy_of(const struct holder *holder)
{
    int pidfd = (int)syscall(SYS_pidfd_open, holder->pid, 0);
    int fd;

    if (pidfd < 0)
        skip("pidfd_open: %s", check_errno_name(errno));
    fd = (int)syscall(SYS_pidfd_getfd, pidfd, holder->fd, 0);
    if (fd < 0)
        fd = -errno;
    close(pidfd);
    return fd;
}

static int copy_as_nobody(void *holder)
{
    CHECK(setuid(65534) == 0, "setuid");
    CHECK_RESULT(copy_of(holder), -EPERM, "as another user");
    return CHECK_PASSED;
}

int main(void)
{
    struct run_child child;
    struct holder holder;
    int fd;

    net_own_namespace();
    child = run_start_function(hold, NULL);
    holder = (struct holder){ child.pid, run_number(&child) };
    fd = copy_of(&holder);
    if (fd == -EPERM || fd == -ENOSYS)
        skip("pidfd_getfd: %s", check_errno_name(fd));
    CHECK(fd >= 0, "pidfd_getfd: %s", check_errno_name(fd));
    CHECK_EQ(net_get(fd, SOL_SOCKET, SO_REUSEADDR), 1, "the holder's SO_REUSEADDR");
    CHECK_EQ(net_get(fd, SOL_SOCKET, SO_REUSEPORT), 0, "the holder's SO_REUSEPORT");
    net_reuseport(fd, 1);
    CHECK_RESULT(net_try_tcp("127.0.0.1", net_port(fd), 0, 1), 0, "SO_REUSEPORT on both now");
    run_tell(&child, "look");
    CHECK_EQ(run_number(&child), 1, "SO_REUSEPORT as the holder sees it");
    if (getuid() == 0)
        CHECK_EQ(run_function(copy_as_nobody, &holder).status, CHECK_PASSED, "another user");
    close(fd);
    CHECK_EQ(run_stop(&child), CHECK_PASSED, "the holder ends");
    return CHECK_PASSED;
}

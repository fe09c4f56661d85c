/* Rule: kcmp(KCMP_FILE) tells whether two processes have one socket under a number: a child that
 * inherited it does, one that opened another there does not (and -EBADF if it has nothing there).
 * Refusal comes first: of a process that may not be looked at, the answer is EPERM whatever its
 * descriptors are, as for the links of its /proc/PID/fd.
 * Source: kcmp(2), kernel/kcmp.c.
 * Relied on by: facts/owner (who else has a socket; which processes may be looked at). */
#include <errno.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "run.h"

enum { NOT_OPEN = 500 };

static int compare(pid_t other, int fd)
{
    long order = syscall(SYS_kcmp, getpid(), other, KCMP_FILE, (long)fd, (long)fd);

    return order < 0 ? -errno : order == 0;
}

static int keep(void *listener)
{
    int own = dup2(net_tcp("127.0.0.1"), *(int *)listener + 1);

    CHECK(own == *(int *)listener + 1, "dup2");
    run_say("%d", own);
    run_until_stopped();
    return CHECK_PASSED;
}

static int compare_as_nobody(void *pid)
{
    char path[64], target[64];

    CHECK(setuid(65534) == 0, "setuid");
    snprintf(path, sizeof path, "/proc/%d/fd/0", (int)*(pid_t *)pid);
    CHECK(readlink(path, target, sizeof target) < 0 && errno == EACCES, "no link is told");
    CHECK_RESULT(compare(*(pid_t *)pid, 0), -EPERM, "as another user");
    CHECK_RESULT(compare(*(pid_t *)pid, NOT_OPEN), -EPERM, "where neither has one");
    CHECK_RESULT(compare(getpid(), NOT_OPEN), -EBADF, "of itself");
    return CHECK_PASSED;
}

int main(void)
{
    struct run_child child;
    int listener, result;

    net_own_namespace();
    listener = net_listener("127.0.0.1", 0, 0, 0);
    CHECK(dup2(net_tcp("127.0.0.1"), listener + 1) == listener + 1, "another under the next");
    child = run_start_function(keep, &listener);
    run_number(&child);
    result = compare(child.pid, listener);
    if (result == -ENOSYS || result == -EPERM)
        skip("kcmp: %s", check_errno_name(result));
    CHECK_EQ(result, 1, "the socket that was inherited");
    CHECK_EQ(compare(child.pid, listener + 1), 0, "two sockets under one number");
    CHECK_RESULT(compare(child.pid, NOT_OPEN), -EBADF, "no descriptor");
    if (getuid() == 0)
        CHECK_EQ(run_function(compare_as_nobody, &child.pid).status, CHECK_PASSED, "another user");
    CHECK_EQ(run_stop(&child), CHECK_PASSED, "the child ends");
    CHECK_RESULT(compare(child.pid, listener), -ESRCH, "of one that has ended");
    return CHECK_PASSED;
}

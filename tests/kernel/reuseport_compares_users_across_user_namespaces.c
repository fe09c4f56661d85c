/* Rule: SO_REUSEPORT compares the kernel's own user ids: in a user namespace where nobody is called
 * root, root's socket outside is another user's, and nobody's is one's own.
 * Source: inet_bind_conflict(), uid_eq() of kuid_t.
 * Relied on by: facts/sockdiag (idiag_uid is told in the asking namespace's numbers). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

enum { NOBODY = 65534 };

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        skip("%s: %s", path, check_errno_name(errno));
    close(fd);
}

/* What a bind with SO_REUSEPORT gives nobody in a user namespace of his own, where he is root. */
static int try_inside(int port)
{
    pid_t child = fork();
    int status;

    CHECK(child >= 0, "fork");
    if (child == 0) {
        if (setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)
            skip("not root");
        prctl(PR_SET_DUMPABLE, 1);
        if (unshare(CLONE_NEWUSER) != 0)
            skip("no user namespace: %s", check_errno_name(errno));
        write_file("/proc/self/uid_map", "0 65534 1");
        CHECK_EQ(getuid(), 0, "root inside");
        _exit(net_try_tcp("127.0.0.1", port, 0, 1) == 0 ? 0 : errno);
    }
    CHECK_EQ(waitpid(child, &status, 0), child, "waitpid");
    CHECK(WIFEXITED(status), "it ends by itself");
    if (WEXITSTATUS(status) == CHECK_SKIPPED)
        exit(CHECK_SKIPPED);
    return -WEXITSTATUS(status);
}

int main(void)
{
    int roots, nobodys;

    net_own_namespace();
    roots = net_bound_tcp("127.0.0.1", 0, 0, 1);
    net_user(NOBODY);
    nobodys = net_bound_tcp("127.0.0.1", 0, 0, 1);
    net_user(0);
    CHECK_RESULT(try_inside(net_port(roots)), -EADDRINUSE, "beside root's, who is another user");
    CHECK_RESULT(try_inside(net_port(nobodys)), 0, "beside nobody's, who is the same");
    return CHECK_PASSED;
}

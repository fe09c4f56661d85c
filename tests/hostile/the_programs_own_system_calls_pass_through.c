/* The shim looks at the program's calls of prctl() and syscall(), and hands them on as they are:
 * six arguments, results, errno, calls that return twice; also the one that it looks for. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "run.h"

enum { PAGE = 4096 };

/* The sixth is the offset in the file. */
static void six_arguments(void)
{
    char path[512], page[PAGE];
    int fd = open(folder_file(path, sizeof path, "pages"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    const char *mapped;

    for (int i = 0; i < 3; i++) {
        memset(page, 'a' + i, sizeof page);
        CHECK_EQ(write(fd, page, sizeof page), PAGE, "a page of the file");
    }
    mapped = (const char *)syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 2L * PAGE);
    CHECK(mapped != MAP_FAILED, "mmap");
    run_say("page %c", mapped[PAGE - 1]);
}

static void results_and_errno(void)
{
    char name[16] = "";

    errno = 0;
    run_say("close %ld errno %d", syscall(SYS_close, -1), errno);
    errno = 0;
    run_say("prctl %d errno %d", prctl(12345, 0, 0, 0, 0), errno);
    errno = 77;
    CHECK_EQ(prctl(PR_SET_NAME, "a name"), 0, "two arguments");
    CHECK_EQ(prctl(PR_GET_NAME, name), 0, "as well");
    CHECK_EQ(syscall(SYS_gettid), getpid(), "none");
    run_say("name %s errno %d", name, errno);
}

static void returns_twice(void)
{
    int status = -1;
    long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

    if (child == 0)
        syscall(SYS_exit_group, 42);
    CHECK_EQ(waitpid((pid_t)child, &status, 0), child, "the child");
    run_say("child %d", WEXITSTATUS(status));
}

/* Filters that are refused, each with its errno, and one that is not. */
static void filters(void)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = 1, .filter = &allow};
    struct sock_fprog empty = {.len = 0, .filter = &allow};

    errno = 0;
    run_say("bad address %d errno %d", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (void *)8),
            errno);
    errno = 0;
    run_say("empty %ld errno %d",
            syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &empty), errno);
    CHECK_EQ(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0, "no new privileges");
    errno = 0;
    run_say("good %ld errno %d", syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program),
            errno);
    run_say("mode %d", prctl(PR_GET_SECCOMP));
}

int main(int argc, char **argv)
{
    struct run_result plain, run;

    (void)argv;
    if (argc > 1) {
        six_arguments();
        results_and_errno();
        returns_twice();
        filters();
        return CHECK_PASSED;
    }
    plain = run_self("calls", NULL);
    run = run_shimmed("calls", "explain", NULL);
    CHECK_EQ(plain.status, 0, "without the shim: %s", plain.err);
    CHECK_EQ(run.status, 0, "with the shim: %s", run.err);
    CHECK_STR(run.out, plain.out, "what the program sees");
    CHECK_CONTAINS(run.out, "page c", "it was there");
    CHECK_CONTAINS(run.out, "mode 2", "the filter is on");
    CHECK_STR(run.err, "", "nothing is said");
    return CHECK_PASSED;
}

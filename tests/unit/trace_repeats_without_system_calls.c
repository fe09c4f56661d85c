/* A stack that was walked once is walked again without a single system call: under a seccomp filter
 * that ends the process at any call but exit_group. In the first thread and in another one. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "unwind/trace.h"
#include "walk.h"

static struct trace seen;

static void forbid_system_calls(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(CHECK_SKIPPED);
}

static void capture(void)
{
    trace_capture(&seen, true);
}

static void walk_again_and_exit(void)
{
    for (volatile int i = 0; i < 3; i++) {
        if (i == 2)
            forbid_system_calls();
        walk_below(5, capture);
    }
    syscall(SYS_exit_group, seen.count > 5 ? CHECK_PASSED : CHECK_FAILED);
}

static void *thread_main(void *unused)
{
    walk_again_and_exit();
    return unused;
}

/* A frame without unwind information costs a look at each page, which is remembered for 4 pages. */
static void guessing(void)
{
    walk_again_and_exit();
}

static void in_child(const char *what, int way)
{
    pid_t child = fork();
    int status;

    CHECK(child >= 0, "fork: %s", strerror(errno));
    if (child == 0) {
        pthread_t thread;

        if (way == 0)
            walk_again_and_exit();
        if (way == 1)
            walk_without_information(guessing);
        pthread_create(&thread, NULL, thread_main, NULL);
        pthread_join(thread, NULL);
    }
    CHECK_EQ(waitpid(child, &status, 0), child, "waitpid");
    if (WIFEXITED(status) && WEXITSTATUS(status) == CHECK_SKIPPED)
        skip("seccomp is not permitted here");
    CHECK_EQ(status, 0, "wait status of the child that walked in %s (31: a system call)", what);
}

int main(void)
{
    if (!trace_warm())
        skip("libunwind is not installed");
    in_child("the first thread", 0);
    in_child("a frame without unwind information", 1);
    in_child("another thread", 2);
    return CHECK_PASSED;
}

/* The address was held when the kernel refused it, and is free when the shim looks: that is told,
 * and nothing is invented. The refused program is stopped between its call and the look, by
 * ptrace, while the holder closes. */
#include "check.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

static const char address[] = "127.0.0.1";
static char path[PATH_MAX];

static int play(const char *role)
{
    int fd;

    CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0, "may be traced: %s",
          check_errno_name(errno));
    raise(SIGSTOP);
    if (strcmp(role, "tcp") == 0)
        return net_bind(net_tcp(address), address, 8080) == -EADDRINUSE ? 0 : 1;
    if (strcmp(role, "udp") == 0)
        return net_bind(net_udp(address), address, 8080) == -EADDRINUSE ? 0 : 1;
    if (strcmp(role, "unix") == 0)
        return net_bind(net_unix(SOCK_STREAM), getenv("TEST_PATH"), 0) == -EADDRINUSE ? 0 : 1;
    fd = net_unix(SOCK_STREAM);
    return net_bind(fd, "@name", 0) == -EADDRINUSE ? 0 : 1;
}

/* A child with stderr in the file LOG: run.h would wait for it. */
static pid_t start(const char *role, const char *log)
{
    pid_t pid = fork();
    int fd;

    if (pid != 0)
        return pid;
    fd = open(log, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    dup2(fd, STDERR_FILENO);
    setenv("LD_PRELOAD", run_library(), 1);
    setenv("REUSESHIM_POLICY", "explain", 1);
    setenv("REUSESHIM_FORMAT", "json", 1);
    setenv("TEST_PATH", path, 1);
    execl(run_me(), run_me(), role, (char *)NULL);
    _exit(127);
}

/* Lets PID run to the end of its first bind that is refused. */
static void run_to_refusal(pid_t pid)
{
    struct ptrace_syscall_info info;
    bool binds = false;
    int status;

    CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status), "it stops itself");
    CHECK(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
              == 0, "trace it: %s", check_errno_name(errno));
    for (;;) {
        CHECK(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0, "go on");
        CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status), "it stops at a call");
        if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) <= 0)
            skip("no PTRACE_GET_SYSCALL_INFO here");
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
            binds = info.entry.nr == SYS_bind;
        else if (info.op == PTRACE_SYSCALL_INFO_EXIT && binds && info.exit.rval == -EADDRINUSE)
            return;
    }
}

static void check(const char *role, int holder)
{
    char log[PATH_MAX], text[8192] = "";
    pid_t pid = start(role, folder_file(log, sizeof log, "log"));
    int status;
    FILE *file;

    run_to_refusal(pid);
    close(holder);
    unlink(path);
    CHECK(ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0, "let it go");
    CHECK(waitpid(pid, &status, 0) == pid && status == 0, "%s: the refusal stands: status %d", role,
          status);
    file = fopen(log, "re");
    CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) > 0, "%s: it is told", role);
    fclose(file);
    CHECK_EQ(told_records(text, "bind_failed"), 1, "%s: once: %s", role, text);
    CHECK_STR(json_at(text, "reason"), "gone", "%s: %s", role, text);
    CHECK_EQ(json_length(text, "holders"), 0, "%s: nobody holds it: %s", role, text);
    CHECK_STR(json_at(text, "lacks_reuseaddr"), "unknown", "%s: nothing is invented", role);
    CHECK_STR(json_at(text, "would_succeed.newcomer_reuseaddr"),
              strcmp(json_at(text, "proto"), "unix") == 0 ? "false" : "null",
              "%s: UNIX sockets do not care, of the others nobody knows: %s", role, text);
    CHECK_CONTAINS(json_at(text, "cures.0.text"), "start it again", "%s: what helps", role);
}

int main(int argc, char **argv)
{
    int fd;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    folder_file(path, sizeof path, "socket");
    check("tcp", net_listener(address, 8080, 0, 0));
    check("udp", net_bound_udp(address, 8080, 0, 0));
    fd = net_unix(SOCK_STREAM);
    CHECK_RESULT(net_bind(fd, "@name", 0), 0, "bind");
    check("abstract", fd);
    fd = net_unix(SOCK_STREAM);
    CHECK_RESULT(net_bind(fd, path, 0), 0, "bind");
    check("unix", fd);
    return 0;
}

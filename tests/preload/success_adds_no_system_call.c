/* Once warmed up, explain adds no system call to calls that succeed: socket, setsockopt, bind,
 * listen and close make the very same calls of the kernel as without the shim, in the same order,
 * for each kind of socket. Oracle: ptrace, which sees every one. */
#include "check.h"
#include "net.h"
#include "run.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

enum { WARM_UPS = 3, CYCLES = 20, CALLS_MAX = 4096 };

/* A whole life of one socket. */
static void cycle(const char *address, int type)
{
    struct sockaddr_storage storage;
    socklen_t length = net_address(&storage, address, 8080);
    int fd = socket(net_family(address), type | SOCK_CLOEXEC, 0), one = 1;

    CHECK(fd >= 0, "socket");
    CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0, "setsockopt");
    CHECK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) == 0, "setsockopt");
    CHECK(bind(fd, (struct sockaddr *)&storage, length) == 0, "bind %s: %s", address,
          check_errno_name(errno));
    if (type == SOCK_STREAM)
        CHECK(listen(fd, 8) == 0, "listen");
    close(fd);
    if (address[0] == '/')
        unlink(address);
}

static int play(const char *role)
{
    static const struct {
        const char *address;
        int type;
    } kinds[] = {{"127.0.0.1", SOCK_STREAM}, {"::", SOCK_STREAM}, {"0.0.0.0", SOCK_DGRAM},
                 {"@abstract", SOCK_STREAM}};
    int i;
    size_t kind;

    if (strcmp(role, "traced") == 0) {
        CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0, "may be traced");
        raise(SIGSTOP);
    }
    for (kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        for (i = 0; i < WARM_UPS; i++)
            cycle(kinds[kind].address, kinds[kind].type);
        syscall(SYS_getppid); /* from here on it counts... */
        for (i = 0; i < CYCLES; i++)
            cycle(kinds[kind].address, kinds[kind].type);
        syscall(SYS_getppid); /* ... to here */
    }
    return 0;
}

struct calls {
    int count;
    long nr[CALLS_MAX];
};

static pid_t start(const char *policy, const char *shim)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    unsetenv("REUSESHIM_POLICY");
    if (shim != NULL)
        setenv("LD_PRELOAD", shim, 1);
    if (policy != NULL)
        setenv("REUSESHIM_POLICY", policy, 1);
    execl(run_me(), run_me(), "traced", (char *)NULL);
    _exit(127);
}

/* Every call between the markers, in order. */
static struct calls trace(const char *policy, const char *shim)
{
    static struct calls calls;
    struct ptrace_syscall_info info;
    pid_t pid = start(policy, shim);
    bool counts = false;
    int status;

    calls.count = 0;
    CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status), "it stops itself");
    CHECK(ptrace(PTRACE_SETOPTIONS, pid, NULL,
                 (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) == 0,
          "trace it: %s", check_errno_name(errno));
    for (;;) {
        CHECK(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0, "go on");
        CHECK(waitpid(pid, &status, 0) == pid, "the next stop");
        if (!WIFSTOPPED(status))
            break;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) <= 0)
            skip("no PTRACE_GET_SYSCALL_INFO here");
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
            continue;
        if (info.entry.nr == SYS_getppid)
            counts = !counts;
        else if (counts && calls.count < CALLS_MAX)
            calls.nr[calls.count++] = (long)info.entry.nr;
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ends well: status %d", status);
    return calls;
}

static void compare(const struct calls *plain, const char *policy, const char *extra)
{
    struct calls shimmed;
    int i;

    setenv("REUSESHIM_FORMAT", extra, 1);
    shimmed = trace(policy, run_library());
    for (i = 0; i < plain->count && i < shimmed.count; i++)
        CHECK_EQ(shimmed.nr[i], plain->nr[i], "call %d of %d under %s", i, plain->count,
                 policy != NULL ? policy : "no policy");
    CHECK_EQ(shimmed.count, plain->count, "calls under %s", policy != NULL ? policy : "no policy");
}

int main(int argc, char **argv)
{
    struct calls plain;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    unsetenv("LD_PRELOAD");
    plain = trace(NULL, NULL);
    CHECK(plain.count >= CYCLES * (3 * 6 + 5), "the calls are seen: %d", plain.count);
    compare(&plain, NULL, "text");
    compare(&plain, "explain", "json");
    compare(&plain, "off", "text");
    setenv("REUSESHIM_LOG", "/dev/null", 1);
    CHECK(trace("log", run_library()).count > plain.count, "the shim is there at all");
    return 0;
}

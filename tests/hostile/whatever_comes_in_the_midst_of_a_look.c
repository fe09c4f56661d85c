/* A thread is stopped by ptrace at one system call of its look after the other, and in the meantime
 * another thread of the program sends it a signal, forks, closes what is not its own, changes the
 * user, becomes another program, or puts a filter on all threads, which kills for openat. The
 * failed bind has its result all the same, and the program lives. A signal's handler waits for the
 * end of the look, under a filter of the program's own as well: C++ may throw from it, and of the
 * look's functions most have no unwind tables. A long run takes every call of the look, else some. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#include "calls.h"
#include "check.h"
#include "net.h"
#include "run.h"

/* Of a long run's many stops each is shorter. */
enum { LONG_STOP_MAX_MS = 100 };
enum { TRIGGER = 20, FIRST_FOREIGN = 22, LAST_FOREIGN = 60, STEPS_MAX = 2000 };

static pthread_t looker;

static void ignore(int signal)
{
    (void)signal;
}

static void send_signal(void)
{
    pthread_kill(looker, SIGUSR1);
}

static void fork_once(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
}

/* All that the program has is below. */
static void close_all(void)
{
    for (int fd = FIRST_FOREIGN; fd <= LAST_FOREIGN; fd++)
        close(fd);
}

static void change_user(void)
{
    CHECK(setuid(getuid()) == 0, "setuid");
}

static void put_filter(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {.len = 4, .filter = filter};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

/* Nothing is forbidden, and it is known to come. */
static void put_filter_on_self(void)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = 1, .filter = &allow};

    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
              prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0,
          "a filter");
}

static void execute(void)
{
    execl(run_me(), run_me(), "executed", (char *)NULL);
}

/* How long the looking thread stays stopped, at every how-manyth call. */
static const struct event {
    const char *name;
    void (*happen)(void);
    int stopped_ms;
    int step;
    bool confined; /* a filter is there before */
} events[] = {
    {"signal", send_signal, 20, 41, false},      {"confined", send_signal, 20, 5, true},
    {"fork", fork_once, 50, 83, false},          {"close-all", close_all, 20, 29, false},
    {"setuid", change_user, 20, 71, false},      {"seccomp", put_filter, 400, 67, false},
    {"exec", execute, 20, 59, false},
};

static void *wait_and_do(void *event)
{
    char byte = 0;

    if (read(TRIGGER, &byte, 1) == 1)
        ((const struct event *)event)->happen();
    return NULL;
}

static int bind_at(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : fd;
}

/* The descriptors of the look come behind those of the program. */
static void fill_descriptors(void)
{
    int fd;

    do
        fd = dup(STDIN_FILENO);
    while (fd >= 0 && fd < FIRST_FOREIGN - 2);
}

static int play(const struct event *event)
{
    struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_RESTART};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(40000)};
    pthread_t other;
    int fd;

    sigaction(SIGUSR1, &action, NULL);
    looker = pthread_self();
    fd = socket(AF_INET, SOCK_STREAM, 0);
    fill_descriptors();
    pthread_create(&other, NULL, wait_and_do, (void *)(uintptr_t)event);
    if (event->confined)
        put_filter_on_self();
    calls_may_be_seen();
    calls_mark();
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 || errno != EADDRINUSE)
        return CHECK_FAILED;
    calls_mark();
    _exit(CHECK_PASSED);
}

static bool is_long(void)
{
    return getenv("REUSESHIM_LONG") != NULL;
}

static void give(int *pipes, int number)
{
    CHECK(dup2(pipes[0], number) == number, "the pipe");
    close(pipes[0]);
}

/* Runs EVENT at the look's call AT. Returns false if there is no such call any more. */
static bool inject(const struct event *event, int at)
{
    struct ptrace_syscall_info info;
    bool counts = false, met = false, holds = false, has_held = false;
    int status, seen = 0, pipes[2];
    pid_t pid;

    CHECK(pipe(pipes) == 0, "a pipe");
    pid = fork();
    if (pid == 0) {
        close(pipes[1]);
        give(pipes, TRIGGER);
        dup2(open("/dev/null", 1), STDERR_FILENO);
        setenv("LD_PRELOAD", run_library(), 1);
        execl(run_me(), run_me(), event->name, (char *)NULL);
        _exit(127);
    }
    close(pipes[0]);
    CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status), "it stops itself: %d", status);
    CHECK(ptrace(PTRACE_SETOPTIONS, pid, NULL,
                 (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) == 0, "traced");
    for (int pass = 0;;) {
        /* After exec by another thread the one that was traced is gone. */
        CHECK(ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)pass) == 0 || errno == ESRCH,
              "go on");
        CHECK(waitpid(pid, &status, __WALL) == pid, "the next stop");
        if (!WIFSTOPPED(status))
            break;
        pass = 0;
        if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
            pass = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
            continue;
        }
        if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) <= 0)
            skip("no PTRACE_GET_SYSCALL_INFO here");
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
            continue;
        if (info.entry.nr == SYS_getppid)
            counts = !counts;
        if (info.entry.nr == SYS_rt_sigprocmask && counts)
            has_held |= holds = info.entry.args[0] == SIG_BLOCK;
        if (info.entry.nr == SYS_rt_sigreturn && event->happen == send_signal)
            CHECK(!holds, "%s at call %d: the handler has run", event->name, at);
        if (info.entry.nr != SYS_getppid && counts && seen++ == at) {
            met = true;
            CHECK(write(pipes[1], "x", 1) == 1, "the event");
            poll(NULL, 0, is_long() && event->stopped_ms > LONG_STOP_MAX_MS ? LONG_STOP_MAX_MS
                                                                            : event->stopped_ms);
        }
    }
    close(pipes[1]);
    CHECK(has_held || !event->confined, "signals are held under a filter");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == CHECK_PASSED, "%s at call %d: status %#x",
          event->name, at, (unsigned)status);
    return met;
}

int main(int argc, char **argv)
{
    int held, at;

    if (argc > 1 && strcmp(argv[1], "executed") == 0)
        return CHECK_PASSED;
    for (size_t i = 0; argc > 1 && i < sizeof events / sizeof *events; i++)
        if (strcmp(argv[1], events[i].name) == 0)
            return play(&events[i]);
    net_own_namespace();
    held = bind_at(40000);
    CHECK(held >= 0 && fcntl(held, F_SETFD, FD_CLOEXEC) == 0 && listen(held, 1) == 0, "a holder");
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        int step = is_long() ? 1 : events[i].step;

        for (at = 1; at < STEPS_MAX && inject(&events[i], at); at += step)
            ;
        CHECK(at > (events[i].confined ? 10 : 20), "%s: the look has calls", events[i].name);
    }
    return CHECK_PASSED;
}

/* Whatever moves while a failure is looked at, a record is of one moment: the holder with all that
 * is known of it, or that it is gone, or the one that came; never a mixture. At each system call of
 * a look in turn, the holder is closed, or a listener comes beside what is left of a connection.
 * Oracle: the test moves the sockets itself, while the other process is stopped (ptrace). */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#include "calls.h"
#include "check.h"
#include "json.h"
#include "mounts.h"
#include "net.h"
#include "run.h"
#include "told.h"

enum { PORT = 8080, STEP = 2, STEPS_MAX = 4000 };

static const char here[] = "127.0.0.1";
static char log_path[64];
static int holder = -1;

/* ---- The one that fails ---- */

static int play(void)
{
    int fd = net_tcp(here);

    CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0, "may be traced");
    raise(SIGSTOP);
    syscall(SYS_getppid);
    if (net_bind(fd, here, PORT) != -EADDRINUSE)
        return CHECK_SKIPPED; /* it moved before the bind */
    syscall(SYS_getppid);
    return CHECK_PASSED;
}

static pid_t start(void)
{
    char log[80];
    pid_t pid = fork();

    CHECK(pid >= 0, "fork");
    if (pid > 0)
        return pid;
    snprintf(log, sizeof log, "%s", log_path);
    setenv("LD_PRELOAD", run_library(), 1);
    setenv("REUSESHIM_LOG", log, 1);
    setenv("REUSESHIM_FORMAT", "json", 1);
    execl(run_me(), run_me(), "try", (char *)NULL);
    _exit(127);
}

struct step {
    void (*move)(void);
    int at;
    int seen;
};

static void take_step(void *context, long number)
{
    struct step *step = context;

    (void)number;
    if (step->seen++ == step->at) /* number 0 is the bind itself */
        step->move();
}

/* Runs it, and moves at the system call number AT behind the bind. Returns how many there were. */
static int look_while(void (*move)(void), int at)
{
    struct step step = {move, at, 0};

    calls_watch(start(), take_step, &step);
    return step.seen;
}

static const char *record_of_it(void)
{
    static char text[64 * 1024];
    FILE *file = fopen(log_path, "r");
    size_t length = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);

    if (file != NULL)
        fclose(file);
    text[length] = '\0';
    unlink(log_path);
    return told_record(text, "bind_failed", 0);
}

/* ---- A holder that goes ---- */

static void hold(void)
{
    holder = net_listener(here, PORT, 1, 0);
}

static void go(void)
{
    close(holder);
    holder = -1;
}

static void check_gone_or_whole(const char *record, int at)
{
    const char *reason = json_at(record, "reason");

    if (strcmp(reason, "gone") == 0) {
        CHECK_EQ(json_length(record, "holders"), 0, "step %d: gone, and no holder in\n%s", at,
                 record);
        return;
    }
    CHECK_STR(reason, "listening", "step %d: the reason in\n%s", at, record);
    CHECK_EQ(json_number_at(record, "holders.0.pid", -1), getpid(), "step %d: its process in\n%s",
             at, record);
    CHECK_STR(json_at(record, "holders.0.flags.reuseaddr"), "true", "step %d: its option in\n%s",
              at, record);
}

/* ---- A listener that comes beside a TIME_WAIT ---- */

static void leave(void)
{
    net_time_wait(here, PORT, 1, 0);
}

static void come(void)
{
    holder = net_listener(here, PORT, 1, 0);
}

static void check_before_or_after(const char *record, int at)
{
    bool before = strcmp(json_at(record, "reason"), "time-wait") == 0;

    if (!before)
        CHECK_STR(json_at(record, "reason"), "listening", "step %d: the reason in\n%s", at, record);
    CHECK_STR(json_at(record, "would_succeed.newcomer_reuseaddr"), before ? "true" : "false",
              "step %d: what would work in\n%s", at, record);
    CHECK(strcmp(json_at(record, "holders.0.flags.reuseaddr"), "false") != 0,
          "step %d: it has the option in\n%s", at, record);
    CHECK_STR(json_at(record, "lacks_reuseaddr"), "newcomer", "step %d: who lacks it in\n%s", at,
              record);
}

static void no_move(void)
{
}

static int steps_of(void (*set_up)(void))
{
    int steps;

    set_up();
    steps = look_while(no_move, 0);
    record_of_it();
    if (holder >= 0)
        go();
    return steps;
}

int main(int argc, char **argv)
{
    int steps;

    (void)argv;
    if (argc > 1)
        return play();
    mounts_few_processes();
    net_own_namespace();
    snprintf(log_path, sizeof log_path, "%s/moves.log",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    steps = steps_of(hold);
    CHECK(steps > 20 && steps < STEPS_MAX, "a look of %d calls", steps);
    for (int at = 1; at < steps; at += STEP) {
        hold();
        look_while(go, at);
        check_gone_or_whole(record_of_it(), at);
        if (holder >= 0)
            go();
    }
    steps = steps_of(leave);
    for (int at = 1; at < steps; at += STEP) {
        look_while(come, at);
        check_before_or_after(record_of_it(), at);
        if (holder >= 0)
            go();
    }
    return CHECK_PASSED;
}

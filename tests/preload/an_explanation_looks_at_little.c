/* What one explanation costs, counted: a fixed number of system calls, and of each further process
 * one, which sees that it has not inherited the socket; of a process that has the socket, no
 * descriptor beyond it. And few pages of memory are touched for the first time, which
 * costs more than a system call. Everything runs in a process namespace of its own, so that the
 * counts are the same everywhere. One line a count on stdout: what was seen, and what may be. */
#include "check.h"
#include "folder.h"
#include "mounts.h"
#include "net.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DESCRIPTORS = 20,  /* of an idle process */
    FEW = 2, MANY = 12, /* idle processes */
    PER_PROCESS = 1,
    FIXED = 165,       /* calls that do not depend on other processes */
    LEFTOVER = 110,    /* the same over a closed connection, of which the kernel is asked twice: */
    /* The probe with SO_REUSEADDR: a socket, the option, bind, close. */
    PROBE = 4,
    /* Then that with SO_REUSEPORT, which makes the socket of its reset too, and closes it; where it
     * works, the reset is bound, and all is done a second time. */
    REFUSED = PROBE + PROBE + 2,
    WORKS = PROBE + 2 * (PROBE + 3),
    PAGES = 44,        /* libunwind's first walk needs 7; 40 as gcc 12 builds it, 41 as gcc 14 */
    BEYOND = 500       /* descriptors of the holder, behind the one that listens */
};

/* The program that fails. What it does between the two calls of getppid() is counted. */
static int play(const char *port)
{
    struct rusage before, after;
    int fd = net_tcp("127.0.0.1");

    getrusage(RUSAGE_SELF, &before);
    syscall(SYS_getppid);
    CHECK(net_bind(fd, "127.0.0.1", atoi(port)) == -EADDRINUSE, "the port is held");
    syscall(SYS_getppid);
    getrusage(RUSAGE_SELF, &after);
    run_say("%ld", after.ru_minflt - before.ru_minflt);
    return CHECK_PASSED;
}

static void start_idle(void)
{
    pid_t pid = fork();

    CHECK(pid >= 0, "fork");
    if (pid > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    closefrom(0);
    for (int i = 0; i < DESCRIPTORS; i++)
        open("/dev/null", O_RDONLY);
    pause();
    _exit(0);
}

struct cost {
    long calls;
    long probes;       /* of them those of throwaway sockets */
    long pages;
};

/* Is the call one that a throwaway socket takes? They lie between the first socket of an address
 * family that has ports and the close of the last. */
static bool is_of_probe(const char *line, int *open)
{
    bool inside = *open > 0;

    if (strncmp(line, "socket(AF_INET", 14) == 0)
        ++*open;
    else if (inside && strncmp(line, "close(", 6) == 0)
        --*open;
    return inside || *open > 0;
}

/* Lines of strace's file between the markers. */
static long count_calls(const char *path, long *probes)
{
    char line[4096];
    bool counts = false;
    long calls = 0;
    int open = 0;
    FILE *file = fopen(path, "r");

    *probes = 0;
    CHECK(file != NULL, "%s, which strace writes", path);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "getppid", 7) == 0)
            counts = !counts;
        else
            calls += counts;
        *probes += counts && is_of_probe(line, &open);
    }
    fclose(file);
    return calls;
}

static struct cost cost_of_failure(int port)
{
    char path[256], number[16];
    static char strace[] = "strace", to[] = "-o";
    char *argv[] = {strace, to, path, (char *)(size_t)run_me(), number, NULL};
    static char quiet[] = "REUSESHIM_LOG=/dev/null";
    char *extra[] = {quiet, NULL};
    struct run_result run;
    struct cost cost;

    folder_file(path, sizeof path, "trace");
    snprintf(number, sizeof number, "%d", port);
    run = run_program_shimmed(argv, "explain", extra);
    CHECK_EQ(run.status, 0, "the program under strace: %s", run.err);
    cost.pages = strtol(run.out, NULL, 10);
    cost.calls = count_calls(path, &cost.probes);
    CHECK(cost.calls > 20, "%ld calls seen", cost.calls);
    return cost;
}

static int look(void)
{
    struct cost few, many, beyond, leftover, sharing;
    int listener = net_tcp("127.0.0.1"), port = 4711, result = CHECK_PASSED;
    long each;

    /* How many pages of a file the kernel maps at once depends on where the file lies. */
    CHECK(personality(ADDR_NO_RANDOMIZE) >= 0, "one layout for all runs");
    CHECK_RESULT(net_bind(listener, "127.0.0.1", port), 0, "bind");
    CHECK(listen(listener, 1) == 0, "listen");
    for (int i = 0; i < FEW; i++)
        start_idle();
    leftover = cost_of_failure(net_time_wait("127.0.0.1", 0, 1, 0));
    sharing = cost_of_failure(net_time_wait("127.0.0.1", 0, 0, 1));
    few = cost_of_failure(port);
    for (int i = FEW; i < MANY; i++)
        start_idle();
    many = cost_of_failure(port);
    for (int i = 0; i < BEYOND; i++)
        CHECK(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0, "a descriptor more");
    beyond = cost_of_failure(port);
    each = (many.calls - few.calls) / (MANY - FEW);
    result |= check_most("system calls for each further process", each, PER_PROCESS);
    result |= check_most("system calls for the rest", few.calls - FEW * each, FIXED);
    result |= check_most("pages touched first", few.pages, PAGES);
    result |= check_most("system calls for 500 more descriptors of the holder",
                         beyond.calls - many.calls, BEYOND / 10);
    result |= check_most("system calls over a closed connection",
                         leftover.calls - FEW * each, LEFTOVER);
    result |= check_most("of which are the probes'", leftover.probes, REFUSED);
    result |= check_most("... where SO_REUSEPORT helps", sharing.probes, WORKS);
    return result;
}

int main(int argc, char **argv)
{
    static char strace[] = "strace", version[] = "-V";
    char *probe[] = {strace, version, NULL};

    if (argc > 1)
        return play(argv[1]);
    if (run_program(probe, NULL).status != 0)
        skip("no strace");
    net_own_namespace();
    if (!mounts_few_processes())
        skip("no process namespace of its own");
    return look();
}

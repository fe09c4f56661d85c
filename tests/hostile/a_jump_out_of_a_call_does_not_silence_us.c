/* bind is async-signal-safe, so a handler may leave it by siglongjmp. Jumped out of over and over,
 * the library still explains the last failure, from the same place, at exit at the latest. While it
 * explains, handlers wait, so that no descriptor is left open; in the moment in which it looks
 * whether it is confined at all it may not yet hold signals back, and the next call closes what
 * that look has left. */
#include "check.h"
#include "net.h"
#include "run.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { JUMPS = 300, PORTS = 10, FIRST_PORT = 9000, LAST_ADDRESS = 9999 };
enum { LAST_DELAY_US = 300, DELAY_STEP_US = 7 };

static sigjmp_buf back;
static volatile sig_atomic_t armed;

static void jump(int number)
{
    (void)number;
    if (armed)
        siglongjmp(back, 1);
}

static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

/* A new address each time, so that each failure is looked at. */
static void fail_until_interrupted(int fd, volatile int *port)
{
    struct itimerval soon = {.it_value = {.tv_usec = 50 + *port * 37 % 2000}};

    if (sigsetjmp(back, 1) == 0) {
        armed = 1;
        setitimer(ITIMER_REAL, &soon, NULL);
        for (;;)
            net_bind(fd, "127.0.0.1", FIRST_PORT + (*port)++ % PORTS);
    }
    armed = 0;
}

static int play(void)
{
    struct sigaction action = {.sa_handler = jump};
    volatile int port = 0;
    int i, fd, before;

    for (i = 0; i < PORTS; i++)
        net_listener("127.0.0.1", FIRST_PORT + i, 0, 0);
    net_listener("127.0.0.1", LAST_ADDRESS, 0, 0);
    sigaction(SIGALRM, &action, NULL);
    fd = net_tcp("127.0.0.1");
    net_bind(fd, "127.0.0.1", FIRST_PORT);
    before = open_descriptors();
    for (i = 0; i < JUMPS; i++)
        fail_until_interrupted(fd, &port);
    for (i = 0; i < PORTS; i++) /* one of them is told of, and not only counted */
        net_bind(fd, "127.0.0.1", FIRST_PORT + i);
    CHECK(open_descriptors() <= before, "%d descriptors more after %d jumps",
          open_descriptors() - before, JUMPS);
    run_say("jumped");
    net_bind(fd, "127.0.0.1", LAST_ADDRESS); /* from the place of all those that were left */
    return 0;
}

/* One failure, left after some microseconds, and the same once more: that is the last one. */
static int play_twice(long delay_us)
{
    struct sigaction action = {.sa_handler = jump};
    struct itimerval soon = {.it_value = {.tv_usec = delay_us}};
    int fd = net_tcp("127.0.0.1");

    net_listener("127.0.0.1", LAST_ADDRESS, 0, 0);
    sigaction(SIGALRM, &action, NULL);
    for (volatile int i = 0; i < 2; i++) {
        if (sigsetjmp(back, 1) == 0) {
            armed = i == 0;
            if (armed)
                setitimer(ITIMER_REAL, &soon, NULL);
            net_bind(fd, "127.0.0.1", LAST_ADDRESS);
        }
        armed = 0;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct run_result result;
    char role[16];

    if (argc > 1)
        return strcmp(argv[1], "jump") == 0 ? play() : play_twice(strtol(argv[1], NULL, 10));
    net_own_namespace();
    run_deadline_ms = 40000;
    result = run_shimmed("jump", "explain", NULL);
    CHECK_EQ(result.status, 0, "%s", result.err);
    CHECK_CONTAINS(result.out, "jumped", "it came to its end");
    CHECK_CONTAINS(result.err, " cannot bind 9999: ", "the last failure is explained");
    for (int delay_us = 1; delay_us < LAST_DELAY_US; delay_us += DELAY_STEP_US) {
        snprintf(role, sizeof role, "%d", delay_us);
        result = run_shimmed(role, "explain", NULL);
        CHECK_CONTAINS(result.err, " cannot bind 9999: ", "left after %d us", delay_us);
    }
    return 0;
}

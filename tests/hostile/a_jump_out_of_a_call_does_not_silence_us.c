/* bind is async-signal-safe, so a handler may leave it by siglongjmp. Jumped out of over and over,
 * the library still explains the next failure. While it explains, handlers wait, so that no
 * descriptor is left open; in the moment in which it looks whether it is confined at all it may not
 * yet hold signals back, and the next call closes what that look has left. */
#include "check.h"
#include "net.h"
#include "run.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { JUMPS = 300, PORTS = 10, FIRST_PORT = 9000, LAST_ADDRESS = 9999 };

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
    struct sockaddr_storage last;
    socklen_t length;
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
    length = net_address(&last, "127.0.0.1", LAST_ADDRESS);
    bind(fd, (struct sockaddr *)&last, length); /* from a place that no walk over ports went by */
    return 0;
}

int main(int argc, char **argv)
{
    struct run_result result;

    (void)argv;
    if (argc > 1)
        return play();
    net_own_namespace();
    run_deadline_ms = 40000;
    result = run_shimmed("jump", "explain", NULL);
    CHECK_EQ(result.status, 0, "%s", result.err);
    CHECK_CONTAINS(result.out, "jumped", "it came to its end");
    CHECK_CONTAINS(result.err, " cannot bind 9999: ", "the last failure is explained");
    return 0;
}

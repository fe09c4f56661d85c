/* Eight threads that bind, fail, listen and set options, while a timer's handler does the same in
 * whichever thread it meets, and one thread forks children that do it, too: every call gets the
 * kernel's answer, and nothing ends the program. The sanitizers' builds run this for their reports
 * (`make asan tsan ubsan`): a report is a failure. REUSESHIM_TEST_SECONDS says for how long. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "same.h"

enum { THREADS = 8, INTERVAL_US = 3000, SECONDS = 2 };
enum { CHILD_MS = 20 * 1000, PATIENCE_MS = 20 * 1000 };

static atomic_int wrong, rounds, handled;
static atomic_bool over;

static long seconds(void)
{
    const char *text = getenv("REUSESHIM_TEST_SECONDS");

    return text != NULL ? strtol(text, NULL, 10) : SECONDS;
}

/* One signal after INTERVAL_US of the processor's time: the next is ordered when the last has been
 * served, however long that took, so that what it interrupts goes on, too. */
static void order_signal(void)
{
    struct itimerval once = {{0, 0}, {0, INTERVAL_US}};

    setitimer(ITIMER_PROF, &once, NULL);
}

static void handle(int number)
{
    int saved = errno;

    (void)number;
    if (!same_calls_silently())
        wrong++;
    handled++;
    order_signal();
    errno = saved;
}

/* UDP, IPv6 and UNIX: other ways through the shim. */
static bool other_calls(int seed)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int udp = net_bound_udp("127.0.0.1", 0, 0, 0), again = net_udp("127.0.0.1");
    int tcp6 = net_bound_tcp("::1", 0, seed % 2, 0);
    int local = net_unix(SOCK_STREAM), refused = net_unix(SOCK_STREAM), off = 0;
    bool right = net_bind(again, "127.0.0.1", net_port(udp)) == -EADDRINUSE;

    snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "reuseshim-stress-%d-%d", (int)getpid(),
             seed);
    right &= bind(local, (struct sockaddr *)&name, sizeof name) == 0;
    right &= bind(refused, (struct sockaddr *)&name, sizeof name) == -1 && errno == EADDRINUSE;
    right &= setsockopt(tcp6, SOL_SOCKET, SO_REUSEADDR, &off, sizeof off) == 0;
    right &= listen(tcp6, 1) == 0;
    close(udp);
    close(again);
    close(tcp6);
    close(local);
    close(refused);
    return right;
}

static void *call_on(void *number)
{
    int seed = (int)(intptr_t)number * 1000000;

    while (!over) {
        errno = 4711;
        if (!same_calls_silently() || !other_calls(seed++))
            wrong++;
        rounds++;
    }
    return NULL;
}

/* A child that does not end is a child that hangs. */
static void fork_one(void)
{
    long end_ms = net_now_ms() + CHILD_MS;
    int status = -1;
    pid_t pid = fork(), ended;

    if (pid == 0)
        _exit(same_calls_silently() ? CHECK_PASSED : CHECK_FAILED);
    while ((ended = waitpid(pid, &status, WNOHANG)) == 0 && net_now_ms() < end_ms)
        usleep(500);
    if (ended == 0) {
        run_say("a child hangs");
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    if (status != 0)
        wrong++;
}

static int play_role(void)
{
    long end_ms = net_now_ms() + seconds() * 1000;
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    pthread_t threads[THREADS];

    sigaction(SIGPROF, &action, NULL);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, call_on, (void *)(intptr_t)i) == 0, "a thread");
    order_signal();
    while (net_now_ms() < end_ms || (handled == 0 && net_now_ms() < end_ms + PATIENCE_MS))
        fork_one();
    over = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    signal(SIGPROF, SIG_IGN);
    CHECK(rounds > 0 && handled > 0, "%d rounds, %d signals", rounds, handled);
    run_say("%d wrong", wrong);
    fprintf(stderr, "%d rounds, %d signals\n", rounds, handled);
    return CHECK_PASSED;
}

static void check_reports(const struct run_result *run, const char *policy)
{
    CHECK_EQ(run->status, 0, "under %s, which says: %s", policy, run->err);
    CHECK_STR(run->out, "0 wrong\n", "under %s", policy);
    CHECK_LACKS(run->err, "Sanitizer", "a report under %s", policy);
    CHECK_LACKS(run->err, "runtime error", "a report under %s", policy);
}

int main(int argc, char **argv)
{
    static const char *const policies[] = {"explain", "log", "tcp=force+log;udp=explain;unix=off"};
    char log[] = "REUSESHIM_LOG=/dev/null", json[] = "REUSESHIM_FORMAT=json";
    char *extra[] = {log, json, NULL};

    (void)argv;
    if (argc > 1)
        return play_role();
    run_deadline_ms = (int)(seconds() * 1000 + 40 * 1000);
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        struct run_result run = run_shimmed("play", policies[i], extra);

        check_reports(&run, policies[i]);
        extra[1] = NULL; /* text */
    }
    return CHECK_PASSED;
}

/* bind and listen are async-signal-safe: a handler that interrupts our hook, with our lock held or
 * in the midst of an explanation, calls them in the same thread, and neither hangs nor differs.
 * Timers fire all the time, in one thread and in four. */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "same.h"

/* The storm lasts at least that long, and until so many signals came: a busy machine takes
 * longer. */
enum { STORM_MS = 400, SIGNALS = 50, PATIENCE_MS = 30 * 1000, DELAY_US = 60, THREADS = 4 };

static atomic_int wrong, handled, ended;

static void arm(int number, int delay_us)
{
    struct itimerval timer = {{0, 0}, {0, delay_us}};

    setitimer(number == SIGALRM ? ITIMER_REAL : ITIMER_PROF, &timer, NULL);
}

/* The next signal is asked for when this one is done, so that the program gets on. */
static void handle(int number)
{
    int saved = errno;

    if (!same_calls_silently())
        wrong = 1;
    arm(number, DELAY_US + handled++ % 64);
    errno = saved;
}

/* errno is what the interrupted code has: it must survive our hook and the handler's. */
static void *call_on(void *end_ms)
{
    while (net_now_ms() < *(long *)end_ms ||
           (handled <= SIGNALS && net_now_ms() < *(long *)end_ms + PATIENCE_MS)) {
        errno = 4711;
        if (!same_calls_silently())
            wrong = 1;
    }
    ended++;
    return NULL;
}

static void storm(int number, bool on)
{
    struct sigaction action = {.sa_handler = on ? handle : SIG_IGN, .sa_flags = SA_RESTART};

    sigaction(number, &action, NULL);
    arm(number, on ? DELAY_US : 0);
}

/* With fork in the midst of it, from the handled thread. */
static void fork_some(void)
{
    for (int i = 0; i < 20; i++) {
        int status;
        pid_t pid = fork();

        if (pid == 0)
            _exit(same_calls_silently() ? CHECK_PASSED : CHECK_FAILED);
        while (waitpid(pid, &status, 0) < 0)
            CHECK(errno == EINTR, "waitpid");
        CHECK_EQ(status, 0, "status of a child forked in the storm");
    }
}

static int play_role(bool threaded)
{
    long end_ms = net_now_ms() + STORM_MS;
    pthread_t threads[THREADS];

    storm(SIGALRM, true);
    storm(SIGPROF, true);
    if (threaded)
        for (int i = 0; i < THREADS; i++)
            pthread_create(&threads[i], NULL, call_on, &end_ms);
    fork_some();
    call_on(&end_ms);
    for (int i = 0; threaded && i < THREADS; i++)
        pthread_join(threads[i], NULL);
    storm(SIGALRM, false);
    storm(SIGPROF, false);
    CHECK(!wrong, "a call answered otherwise");
    CHECK(handled > SIGNALS, "%d signals came", handled);
    run_say("all as Linux has it");
    return CHECK_PASSED;
}

int main(int argc, char **argv)
{
    struct run_result run;

    if (argc > 1)
        return play_role(strcmp(argv[1], "threads") == 0);
    run = same_with_and_without("one", NULL);
    CHECK_CONTAINS(run.err, " cannot bind ", "the explanation");
    same_with_and_without("threads", NULL);
    return CHECK_PASSED;
}

/* Among very many processes the owner of a port is named, wherever the server stands among them: by
 * the library also where all are alike; by `reuseshim why` always; for an ordinary user, if the
 * server is its own. Where the socket's user tells where to look, the library's thread spends at
 * most 60 ms; or on a slower machine twice as long as a loop that makes the same calls and nothing
 * else: the list of processes, of each its user, and whether it has the socket too. 400 processes
 * of 20 descriptors; with --long 5,000 of 60, and how often `ss` takes as long as why does.
 * Oracle: the numbers of the processes that were started. */
#include "check.h"
#include "mounts.h"
#include "net.h"
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    SERVERS_MAX = 20,
    PORT = 5000,           /* of the first server */
    OTHER_USER = 64321,     /* of nobody else, whose processes other tests may look at */
    OWN_US = 60 * 1000,    /* of the thread that is told, where the user tells where to look */
    TURNS_MAX = 3          /* of which the one in the middle counts */
};

static const struct size {
    int processes, descriptors, servers;
    int times_why, times_user; /* how often as quick as ss; 0 = not measured */
} few = {400, 20, 6, 0, 0}, many = {5000, 60, SERVERS_MAX, 5, 1};

struct crowd {
    const struct size *size;
    bool other_user; /* is the servers' */
    int servers;     /* so far */
    pid_t pids[SERVERS_MAX];
};

static double clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The program that fails: says what its thread has spent, in microseconds. */
static int play(const char *port)
{
    int fd = net_tcp("127.0.0.1");
    double start = clock_ms(CLOCK_THREAD_CPUTIME_ID);

    CHECK(net_bind(fd, "127.0.0.1", atoi(port)) == -EADDRINUSE, "the port is held");
    run_say("%ld", (long)((clock_ms(CLOCK_THREAD_CPUTIME_ID) - start) * 1000));
    return CHECK_PASSED;
}

/* One of the crowd; a server if PORT is not 0, with its socket among the first ten. */
static void live(const struct crowd *crowd, int port, int ready)
{
    int low = 3 + port % 7;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ready, 99);
    for (int fd = 3; fd < 99; fd++)
        close(fd);
    if (port != 0 && crowd->other_user && (setgid(OTHER_USER) != 0 || setuid(OTHER_USER) != 0))
        _exit(1);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* which setuid() has cleared */
    prctl(PR_SET_DUMPABLE, 1);        /* as after exec: its user may look */
    for (int i = 0; i < crowd->size->descriptors; i++) {
        if (port != 0 && i + 3 == low)
            net_listener("127.0.0.1", port, 0, 0);
        else
            open("/dev/null", O_RDONLY);
    }
    if (write(99, "", 1) != 1)
        _exit(1);
    close(99);
    for (;;)
        pause();
}

/* The servers stand where chance puts them. */
static void start(struct crowd *crowd)
{
    int left = crowd->size->processes, ready[2];
    char byte;

    CHECK(pipe(ready) == 0, "pipe");
    for (; left > 0; left--) {
        bool serves = rand() % left < crowd->size->servers - crowd->servers;
        pid_t pid = fork();

        CHECK(pid >= 0, "fork");
        if (pid == 0)
            live(crowd, serves ? PORT + crowd->servers : 0, ready[1]);
        if (serves)
            crowd->pids[crowd->servers++] = pid;
    }
    close(ready[1]);
    for (int i = 0; i < crowd->size->processes; i++)
        CHECK_EQ(read(ready[0], &byte, 1), 1, "a process is ready");
    close(ready[0]);
}

/* What the thread has to do at least, in microseconds of its own; the most of TURNS. */
static long bare_us(int turns)
{
    double most = 0;

    for (int i = 0; i < turns; i++) {
        double begun = clock_ms(CLOCK_THREAD_CPUTIME_ID), took;
        DIR *proc = opendir("/proc");
        struct dirent *entry;
        struct stat status;

        CHECK(proc != NULL, "/proc");
        while ((entry = readdir(proc)) != NULL) {
            if (atoi(entry->d_name) == 0)
                continue;
            fstatat(dirfd(proc), entry->d_name, &status, 0);
            syscall(SYS_kcmp, getpid(), atoi(entry->d_name), KCMP_FILE, 0L, 0L);
        }
        closedir(proc);
        took = clock_ms(CLOCK_THREAD_CPUTIME_ID) - begun;
        most = took > most ? took : most;
    }
    return (long)(most * 1000);
}

static void library_names(const struct crowd *crowd)
{
    long own_us = 0, bare;
    char role[16], name[32];

    for (int i = 0; i < crowd->servers; i++) {
        struct run_result run;
        long spent;

        snprintf(role, sizeof role, "%d", PORT + i);
        snprintf(name, sizeof name, "[%d] ", (int)crowd->pids[i]);
        run = run_shimmed(role, "explain", NULL);
        CHECK_EQ(run.status, 0, "the program that fails: %s", run.err);
        CHECK_CONTAINS(run.err, name, "server %d of %d", i + 1, crowd->servers);
        spent = strtol(run.out, NULL, 10);
        own_us = spent > own_us ? spent : own_us;
    }
    printf("%d of %d named, in at most %.1f ms of the thread's own\n", crowd->servers,
           crowd->servers, (double)own_us / 1000);
    if (!crowd->other_user || own_us <= OWN_US)
        return;
    bare = bare_us(crowd->servers);
    CHECK(own_us <= bare * 2, "%ld us spent, and %ld for the calls alone", own_us, bare);
}

static int by_size(const void *one, const void *other)
{
    double difference = *(const double *)one - *(const double *)other;

    return (difference > 0) - (difference < 0);
}

/* The middle one of TURNS (an odd number), in milliseconds. With NAME, each must print it. */
static double takes_ms(char *const argv[], const char *name, int turns)
{
    double took[TURNS_MAX];

    for (int i = 0; i < turns; i++) {
        double begun = clock_ms(CLOCK_MONOTONIC);
        struct run_result run = run_program(argv, NULL);

        took[i] = clock_ms(CLOCK_MONOTONIC) - begun;
        if (name != NULL)
            CHECK_CONTAINS(run.out, name, "%s %s", argv[0], run.err);
    }
    qsort(took, (size_t)turns, sizeof *took, by_size);
    return took[turns / 2];
}

/* Root, or by setpriv the user that the servers are of. */
static void command_names(const struct crowd *crowd, bool as_user)
{
    static char setpriv[] = "setpriv", uid[] = "--reuid=64321", gid[] = "--regid=64321",
                groups[] = "--clear-groups", why[] = "why", ss[] = "ss", all[] = "-tlnpH";
    char port[16], filter[32], name[32];
    char *argv[] = {setpriv, uid, gid, groups, (char *)(size_t)run_command(), why, port, NULL};
    char *peer[] = {setpriv, uid, gid, groups, ss, all, filter, NULL};
    int times = as_user ? crowd->size->times_user : crowd->size->times_why;
    double ours[SERVERS_MAX], theirs;

    for (int i = 0; i < crowd->servers; i++) {
        snprintf(port, sizeof port, "%d", PORT + i);
        snprintf(name, sizeof name, "[%d]", (int)crowd->pids[i]);
        ours[i] = takes_ms(argv + (as_user ? 0 : 4), name, 1);
    }
    if (times == 0)
        return;
    qsort(ours, (size_t)crowd->servers, sizeof *ours, by_size);
    snprintf(filter, sizeof filter, "sport = :%d", PORT);
    theirs = takes_ms(peer + (as_user ? 0 : 4), NULL, TURNS_MAX);
    printf("why%s: %.0f ms beside %.0f of ss, %.1f times\n", as_user ? " by a user" : "",
           ours[crowd->servers / 2], theirs, theirs / ours[crowd->servers / 2]);
    CHECK(theirs / ours[crowd->servers / 2] >= times, "%.1f ms beside %.1f of ss",
          ours[crowd->servers / 2], theirs);
}

static int scene(void *argument)
{
    struct crowd *crowd = argument;

    CHECK(mounts_few_processes(), "a process namespace of its own");
    run_deadline_ms = 60 * 1000;
    start(crowd);
    library_names(crowd);
    command_names(crowd, false);
    if (crowd->other_user)
        command_names(crowd, true);
    return CHECK_PASSED;
}

int main(int argc, char **argv)
{
    const struct size *size = getenv("REUSESHIM_LONG") != NULL ? &many : &few;
    struct crowd other = {.size = size, .other_user = true}, alike = {.size = size};

    if (argc > 1)
        return play(argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    net_own_namespace();
    run_deadline_ms = (size == &many ? 540 : 100) * 1000;
    for (int i = 0; i < 2; i++) {
        struct run_result run = run_function(scene, i == 0 ? &other : &alike);

        printf("%s: %s", i == 0 ? "another user's" : "all alike", run.out);
        CHECK_EQ(run.status, 0, "the scene: %s", run.err);
    }
    return CHECK_PASSED;
}

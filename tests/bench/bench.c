/* What scripts/bench measures: each subcommand does one thing often and prints one figure. Run with
 * and without the library preloaded, by turns, so that both meet the same machine. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DEPTH = 12, ROUNDS = 9 };

static double clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double now_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

static struct sockaddr_in address(unsigned int host, int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((unsigned short)port),
                                .sin_addr.s_addr = htonl(host)};
}

/* One cycle at the end of a stack of DEPTH frames and main's. */
static __attribute__((noinline)) int cycle(int depth, unsigned int host, int port)
{
    struct sockaddr_in local = address(host, port);
    int one = 1, fd;

    if (depth > 0) {
        volatile int result = cycle(depth - 1, host, port);

        return result;
    }
    fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)&local, sizeof local) < 0 || listen(fd, 8) < 0)
        perror("cycle");
    close(fd);
    return 0;
}

struct work {
    int count;
    int port;
};

static void *cycles(void *argument)
{
    const struct work *work = argument;
    int i;

    for (i = 0; i < work->count; i++)
        cycle(DEPTH, INADDR_LOOPBACK, work->port + i % 16);
    return NULL;
}

/* Microseconds a cycle, the best of ROUNDS. */
static double run_cycles(int count, int threads)
{
    pthread_t thread[64];
    struct work work[64];
    double best = 1e12;
    int round, i;

    for (round = 0; round < ROUNDS; round++) {
        double start = now_us();

        for (i = 0; i < threads; i++) {
            work[i] = (struct work){count / threads, 20000 + 16 * i};
            pthread_create(&thread[i], NULL, cycles, &work[i]);
        }
        for (i = 0; i < threads; i++)
            pthread_join(thread[i], NULL);
        if (now_us() - start < best)
            best = now_us() - start;
    }
    return best / count;
}

/* Microseconds of a bind while COUNT others are bound and stay so. */
static double run_crowded(int count)
{
    struct rlimit limit;
    double start;
    int i, fd, many = 2000;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (i = 0; i < count; i++) {
        struct sockaddr_in local =
            address(0x7f010000u + (unsigned int)(i / 20000), 10000 + i % 20000);

        fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0 || bind(fd, (const struct sockaddr *)&local, sizeof local) < 0)
            return -1;
    }
    start = now_us();
    for (i = 0; i < many; i++)
        cycle(DEPTH, 0x7f7f0001u, 31000 + i);
    return (now_us() - start) / many;
}

/* Microseconds of one failing bind by CLOCK, the first ever if COUNT is 1. */
static double run_failing(int port, int count, clockid_t clock)
{
    struct sockaddr_in local = address(INADDR_LOOPBACK, port);
    double best = 1e12;
    int i, round, fd = socket(AF_INET, SOCK_STREAM, 0);

    for (round = 0; round < (count == 1 ? 1 : ROUNDS); round++) {
        double start = clock_us(clock);

        for (i = 0; i < count; i++)
            if (bind(fd, (const struct sockaddr *)&local, sizeof local) == 0)
                return -1;
        if (clock_us(clock) - start < best)
            best = clock_us(clock) - start;
    }
    return best / count;
}

/* Microseconds of the first failing bind of a child, the best of COUNT children. While they are at
 * it, they are called "failing", so that a profiler can tell that time from what is before and after. */
static double run_children(int port, int count)
{
    double *took = mmap(NULL, sizeof *took, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double best = 1e12;
    int i;

    for (i = 0; i < count; i++) {
        if (fork() == 0) {
            prctl(PR_SET_NAME, "failing");
            *took = run_failing(port, 1, CLOCK_MONOTONIC);
            prctl(PR_SET_NAME, "done");
            _exit(0);
        }
        wait(NULL);
        best = *took < best ? *took : best;
    }
    return best;
}

/* Milliseconds of a start of PROGRAM: the best, preloaded with LIBRARY or not. */
static double run_starts(const char *program, const char *library)
{
    double best = 1e12;
    int i;

    for (i = 0; i < 300; i++) {
        double start = now_us();
        pid_t child = vfork();

        if (child == 0) {
            char preload[4200];
            char *arguments[] = {NULL, NULL}, *environment[] = {preload, NULL};

            snprintf(preload, sizeof preload, "LD_PRELOAD=%s", library);
            arguments[0] = strdup(program);
            execve(program, arguments, environment);
            _exit(127);
        }
        waitpid(child, NULL, 0);
        if (now_us() - start < best)
            best = now_us() - start;
    }
    return best / 1000;
}

/* Has a port, which it prints, until its stdin ends. */
static int hold(void)
{
    struct sockaddr_in local = address(INADDR_ANY, 0);
    socklen_t length = sizeof local;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char byte;

    if (bind(fd, (const struct sockaddr *)&local, sizeof local) < 0 || listen(fd, 8) < 0 ||
        getsockname(fd, (struct sockaddr *)&local, &length) < 0)
        return 1;
    printf("%d\n", ntohs(local.sin_port));
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
    return 0;
}

/* KiB that belong to this process alone, after COUNT binds on different ports. */
static double run_memory(int count)
{
    char line[256];
    double kib = 0;
    FILE *file;
    int i;

    for (i = 0; i < count; i++)
        cycle(DEPTH, 0x7f010001u + (unsigned int)(i / 5000), 10000 + i % 5000);
    file = fopen("/proc/self/smaps_rollup", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "Private_Dirty:", 14) == 0)
            kib = atof(line + 14);
    return kib;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    int number = argc > 2 ? atoi(argv[2]) : 0;
    double figure;

    if (strcmp(what, "hold") == 0)
        return hold();
    if (strcmp(what, "cycle") == 0)
        figure = run_cycles(number, argc > 3 ? atoi(argv[3]) : 1);
    else if (strcmp(what, "crowded") == 0)
        figure = run_crowded(number);
    else if (strcmp(what, "failing") == 0)
        figure = run_failing(number, atoi(argv[3]), CLOCK_MONOTONIC);
    else if (strcmp(what, "failing_own") == 0)
        figure = run_failing(number, atoi(argv[3]), CLOCK_THREAD_CPUTIME_ID);
    else if (strcmp(what, "children") == 0)
        figure = run_children(number, atoi(argv[3]));
    else if (strcmp(what, "starts") == 0)
        figure = run_starts(argv[2], argc > 3 ? argv[3] : "");
    else if (strcmp(what, "memory") == 0)
        figure = run_memory(number);
    else
        return 3;
    printf("%.6f\n", figure);
    return 0;
}

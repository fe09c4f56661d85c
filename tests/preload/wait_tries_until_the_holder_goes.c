/* Under wait a refused bind or listen works as soon as the holder goes, and fails with EADDRINUSE
 * when TIME is over, not before. The explanation comes at once, and once. Oracle: the kernel's
 * answer and the clock. */
#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 8080, HELD_MS = 300, LATE_MS = 3000 };
static const char address[] = "127.0.0.1";

static int play_bind(void)
{
    long start = net_now_ms();
    int fd = net_tcp(address), result = net_bind(fd, address, PORT);

    run_say("%d %ld", result, net_now_ms() - start);
    return 0;
}

/* listen() is refused by another socket of the same address that listened first. */
static int play_listen(void)
{
    int fd = net_bound_tcp(address, PORT, 1, 0), result;
    long start;

    run_say("bound");
    run_await();
    start = net_now_ms();
    result = net_listen(fd);
    run_say("%d %ld", result, net_now_ms() - start);
    return 0;
}

static void pause_ms(int ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000L};

    nanosleep(&time, NULL);
}

/* A child with a pipe for stderr, which run.h gives to finished children only. */
struct watched {
    struct run_child child;
    int err;
};

static struct watched start(const char *role, const char *policy)
{
    struct watched watched;
    int ends[2], saved = dup(STDERR_FILENO);

    CHECK(pipe(ends) == 0, "a pipe");
    dup2(ends[1], STDERR_FILENO);
    watched.child = run_start_shimmed(role, policy, NULL);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    watched.err = ends[0];
    return watched;
}

static size_t read_some(int fd, char *text, size_t size, int timeout_ms)
{
    struct pollfd end = {.fd = fd, .events = POLLIN};
    ssize_t got = poll(&end, 1, timeout_ms) > 0 ? read(fd, text, size - 1) : 0;

    text[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

static void read_result(struct run_child *child, int *result, long *took_ms)
{
    char line[64];

    run_line(child, line, sizeof line);
    CHECK_EQ(sscanf(line, "%d %ld", result, took_ms), 2, "two numbers: %s", line);
}

/* What is told is there before the holder goes; then the call works, and nothing more is said. */
static void holder_goes(const char *role, const char *policy, const char *reason)
{
    int holder = net_listener(address, PORT, 1, 0), result;
    struct watched watched;
    char text[8192], line[64];
    long took_ms, start_ms = net_now_ms(), told_ms;

    if (strcmp(role, "listen") == 0) {
        close(holder);
        watched = start(role, policy);
        run_line(&watched.child, line, sizeof line);
        holder = net_listener(address, PORT, 1, 0);
        start_ms = net_now_ms();
        run_tell(&watched.child, "go");
    } else {
        watched = start(role, policy);
    }
    read_some(watched.err, text, sizeof text, 5000);
    told_ms = net_now_ms() - start_ms;
    CHECK_CONTAINS(text, reason, "%s under %s is explained while it waits", role, policy);
    pause_ms(HELD_MS);
    close(holder);
    read_result(&watched.child, &result, &took_ms);
    CHECK_EQ(result, 0, "%s under %s works in the end", role, policy);
    CHECK(took_ms >= HELD_MS - 5 && took_ms < HELD_MS + told_ms + LATE_MS,
          "it works when the holder goes: after %ld ms", took_ms);
    run_stop(&watched.child);
    CHECK_EQ(read_some(watched.err, text, sizeof text, 5000), 0, "it is told once, not: %s", text);
    close(watched.err);
}

static void time_is_over(const char *policy, long time_ms)
{
    int holder = net_listener(address, PORT, 1, 0), result;
    struct run_result run = run_shimmed("bind", policy, NULL);
    long took_ms;

    CHECK_EQ(sscanf(run.out, "%d %ld", &result, &took_ms), 2, "two numbers: %s", run.out);
    CHECK_RESULT(result, -98, "bind under %s", policy);
    CHECK(took_ms >= time_ms && took_ms < time_ms + LATE_MS, "it gives up in time: %ld ms, %s",
          took_ms, policy);
    CHECK_EQ(told_lines(run.err, "reuseshim: "), 1, "told once under %s:\n%s", policy, run.err);
    CHECK_EQ(told_lines(run.err, "[listening]"), 1, "with the reason");
    close(holder);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return strcmp(argv[1], "bind") == 0 ? play_bind() : play_listen();
    net_own_namespace();
    holder_goes("bind", "wait:20s", "[listening]");
    holder_goes("bind", "tcp:8080=force+wait:20s", "[listening]");
    holder_goes("listen", "wait:1m", "[lost-listen]");
    time_is_over("wait:400ms", 400);
    time_is_over("force+wait:1s", 1000);
    time_is_over("wait:1ms", 1);
    time_is_over("udp=wait:20s;explain", 0);
    return 0;
}

/* A program that tries one port after the other until one is free expects to fail: it is told of in
 * full three times, then in one line that says so, and each further port costs no call to the
 * kernel. One that has gone on to the next port after the first is told of once and in a line. What
 * it must not hide is told all the same: the last failure, if none was free, at the first call
 * after a pause or at exit; one about another place in the code, or of a socket with other options,
 * at once. Oracle: ptrace for the calls, the program's own order for what is told. */
#include "calls.h"
#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT = 5000, TAKEN = 400, FEW = 3, TOLD_MAX = 3, PAUSE_MS = 1100, OTHER_PORT = 4999,
       ALLOCATED = 85 };
static const char address[] = "127.0.0.1";

/* The one place of all walks. */
static __attribute__((noinline)) int walk(int first, int last)
{
    int port, error = -98;

    for (port = first; port <= last && error == -98; port++) {
        struct sockaddr_storage to;
        socklen_t length = net_address(&to, address, port);
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        error = bind(fd, (const struct sockaddr *)&to, length) == 0 ? 0 : -98;
        close(fd);
    }
    CHECK_RESULT(error, port > PORT + TAKEN ? 0 : -98, "port %d", port - 1);
    return port - 1;
}

/* As an allocator of RTP ports: each socket walks over those before it. */
static void allocate(void)
{
    for (int i = 0; i < ALLOCATED; i++) {
        int fd = socket(AF_INET, SOCK_DGRAM, 0), port = PORT - 2, error;

        do {
            struct sockaddr_storage to;
            socklen_t length = net_address(&to, address, port += 2);

            error = bind(fd, (const struct sockaddr *)&to, length);
        } while (error != 0 && port < PORT + 2 * ALLOCATED);
        CHECK_EQ(port, PORT + 2 * i, "the port of socket %d", i);
    }
}

static void let_it_pause(void)
{
    long start_ms = net_now_ms();

    while (net_now_ms() < start_ms + PAUSE_MS)
        usleep(10 * 1000);
}

static void child(bool walks)
{
    pid_t pid = fork();

    CHECK(pid >= 0, "fork");
    if (pid == 0) {
        if (walks)
            walk(PORT + 10, PORT + 15);
        exit(0);
    }
    CHECK_EQ(waitpid(pid, NULL, 0), pid, "the child");
}

static int play(const char *role)
{
    int first = strcmp(role, "counted few") == 0 ? TAKEN - FEW : 0;
    int fd, last;

    if (strcmp(role, "allocate") == 0) {
        allocate();
        return 0;
    }
    /* The walk meets the lowest descriptors first: a look asks other processes for the same ones.
     */
    for (int i = 0; i < TAKEN; i++)
        net_bound_tcp(address, PORT + (first + i) % TAKEN, 0, 0);
    net_bound_tcp(address, OTHER_PORT, 0, 0);
    if (strncmp(role, "counted", 7) == 0) {
        calls_may_be_seen();
        calls_mark();
        walk(PORT + first, PORT + TAKEN);
        calls_mark();
        return 0;
    }
    last = strcmp(role, "free") == 0 ? PORT + TAKEN : PORT + 50;
    walk(PORT, last);
    if (strcmp(role, "pause") == 0) {
        let_it_pause();
        close(socket(AF_INET, SOCK_STREAM, 0));
        dprintf(STDERR_FILENO, "after the call\n");
    } else if (strcmp(role, "again") == 0) {
        walk(PORT + 60, PORT + TAKEN);
    } else if (strcmp(role, "place") == 0) {
        fd = net_tcp(address);
        CHECK_RESULT(net_bind(fd, address, OTHER_PORT), -98, "another place");
        dprintf(STDERR_FILENO, "after the call\n");
    } else if (strcmp(role, "child") == 0) {
        child(false);
        dprintf(STDERR_FILENO, "after the child\n");
    } else if (strcmp(role, "walking child") == 0) {
        child(true);
        dprintf(STDERR_FILENO, "after the child\n");
    } else if (strcmp(role, "_exit") == 0) {
        _exit(0);
    }
    return 0;
}

static const char full[] = " cannot bind ";
static const char announced[] = "tries one port after the other";

static struct run_result run(const char *role, int in_full)
{
    struct run_result result = run_shimmed(role, "explain", NULL);

    CHECK_EQ(result.status, 0, "%s: %s", role, result.err);
    CHECK_EQ(told_lines(result.err, full), in_full, "%s, in full:\n%s", role, result.err);
    CHECK_EQ(told_lines(result.err, announced), 1, "%s, in a line:\n%s", role, result.err);
    CHECK_CONTAINS(told_line(result.err, announced, 0), "5003", "the fourth");
    return result;
}

/* PORT is told in full before the line with MARK, or at all if that is NULL. */
static void told_of(const struct run_result *result, int port, const char *mark)
{
    char headline[64];
    const char *at;

    snprintf(headline, sizeof headline, "%d: ", port);
    at = strstr(result->err, headline);
    CHECK(at != NULL && (mark == NULL || at < strstr(result->err, mark)), "%d is told of:\n%s",
          port, result->err);
}

static void in_text(void)
{
    struct run_result result = run("free", TOLD_MAX);

    CHECK_LACKS(result.err, ":5399", "the last one taken is not told of: one was free");
    result = run("again", TOLD_MAX);

    result = run("never", TOLD_MAX + 1);
    told_of(&result, PORT + 50, NULL);
    run("_exit", TOLD_MAX);
    result = run("pause", TOLD_MAX + 1);
    told_of(&result, PORT + 50, "after the call");
    result = run("place", TOLD_MAX + 2);
    told_of(&result, OTHER_PORT, "after the call");
    told_of(&result, PORT + 50, NULL);
    result = run("child", TOLD_MAX + 1);
    CHECK_LACKS(strstr(result.err, "after the child") == NULL ? "" : result.err, " again, ",
                "no repeats");
    CHECK(strstr(result.err, "5050: ") >
              strstr(result.err, "after the child"),
          "the child tells nothing of its parent's:\n%s", result.err);
    result = run("walking child", TOLD_MAX + 2);
    told_of(&result, PORT + 15, "after the child");
    told_of(&result, PORT + 50, NULL);
}

/* It went on after the first one that it met, and so it does with all others. */
static void over_its_own(void)
{
    struct run_result result = run_shimmed("allocate", "explain", NULL);

    CHECK_EQ(result.status, 0, "the allocator: %s", result.err);
    CHECK_EQ(told_lines(result.err, full), 1, "in full:\n%s", result.err);
    CHECK_EQ(told_lines(result.err, announced), 1, "in a line:\n%s", result.err);
}

static void in_json(void)
{
    struct run_result result = run_shimmed("never", "explain", told_json);
    const char *record;

    CHECK_EQ(told_records(result.err, "bind_failed"), TOLD_MAX + 2, "records:\n%s", result.err);
    record = told_record(result.err, "bind_failed", TOLD_MAX);
    CHECK_EQ(json_number_at(record, "walk", 0), TOLD_MAX + 1, "the line: %s", record);
    CHECK(json_is_object(record), "valid");
    record = told_record(result.err, "bind_failed", TOLD_MAX + 1);
    CHECK_EQ(json_number_at(record, "port", 0), PORT + 50, "the last: %s", record);
    CHECK_STR(json_at(record, "reason"), "bound-twice", "its reason: %s", record);
    CHECK_STR(json_at(record, "flags.reuseaddr"), "false", "its own option: %s", record);
}

static void in_calls(void)
{
    struct calls plain = calls_of("counted", NULL, NULL);
    struct calls few = calls_of("counted few", NULL, NULL);
    struct calls few_shimmed = calls_of("counted few", "explain", run_library());
    struct calls shimmed = calls_of("counted", "explain", run_library());
    int looks = few_shimmed.count - few.count;

    CHECK(plain.count >= 3 * TAKEN, "the calls are seen: %d", plain.count);
    CHECK_EQ(check_most("calls of a walk beside its three looks", shimmed.count - looks,
                        plain.count * 5 / 4),
             CHECK_PASSED, "%d calls natively, %d for the looks", plain.count, looks);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    unsetenv("LD_PRELOAD");
    in_text();
    over_its_own();
    in_json();
    in_calls();
    return 0;
}

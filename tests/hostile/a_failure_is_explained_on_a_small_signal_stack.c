/* On a signal stack of 16 KiB a failure is explained, in text and in JSON, by the first hook that
 * runs at all and by the hundredth. On one of 8 KiB (SIGSTKSZ), where the program's own calls just
 * fit, they work and fail as ever, and nothing is told. Below the stack lies a page that nobody may
 * touch. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "net.h"
#include "same.h"

enum { STACK = 16 * 1024, TINY_STACK = 8 * 1024, GUARD = 64 * 1024, SPARE = 3072, PAINT = 0x5a };

static void (*body)(void);

static void handle(int number)
{
    (void)number;
    body();
}

static void fail_inet(void)
{
    same_calls("tcp");
}

static void fail_udp6(void)
{
    struct sockaddr_storage storage;
    socklen_t length = net_address(&storage, "::1", 0);
    int held = socket(AF_INET6, SOCK_DGRAM, 0), fd = socket(AF_INET6, SOCK_DGRAM, 0), result;

    bind(held, (struct sockaddr *)&storage, length);
    getsockname(held, (struct sockaddr *)&storage, &length);
    errno = 0;
    result = bind(fd, (struct sockaddr *)&storage, length);
    run_say("udp6: %d %d", result, errno);
    close(fd);
    close(held);
}

static void fail_unix(const char *name)
{
    struct sockaddr_storage storage;
    socklen_t length = net_address(&storage, name, 0);
    int held = socket(AF_UNIX, SOCK_STREAM, 0), fd = socket(AF_UNIX, SOCK_STREAM, 0), result;

    bind(held, (struct sockaddr *)&storage, length);
    listen(held, 1);
    errno = 0;
    result = bind(fd, (struct sockaddr *)&storage, length);
    run_say("unix: %d %d", result, errno);
    close(held);
    result = bind(fd, (struct sockaddr *)&storage, length);
    run_say("unix, stale: %d %d", result, errno);
    close(fd);
}

static void fail_abstract(void)
{
    fail_unix("@reuseshim-small-stack");
}

static void fail_path(void)
{
    fail_unix("./reuseshim-small-stack");
    unlink("./reuseshim-small-stack");
}

/* All ports of a range of one are held: port 0 finds none. */
static void fail_port_zero(void)
{
    int held = net_bound_tcp("127.0.0.1", 40000, 0, 0), fd = net_tcp("127.0.0.1");

    run_say("port 0: %d", net_bind(fd, "127.0.0.1", 0));
    close(held);
    close(fd);
}

static void fail_time_wait(void)
{
    int port = net_time_wait("127.0.0.1", 40001, 0, 0), fd = net_tcp("127.0.0.1");

    run_say("time-wait: %d", net_bind(fd, "127.0.0.1", port));
    close(fd);
}

static size_t used_of(const unsigned char *stack, size_t size)
{
    size_t untouched = 0;

    while (untouched < size && stack[untouched] == PAINT)
        untouched++;
    return size - untouched;
}

/* What it took is told on stderr, after the explanations. */
static int play_role(size_t size)
{
    static void (*const bodies[])(void) = {fail_inet,     fail_udp6, fail_abstract, fail_path,
                                           fail_port_zero, fail_time_wait, fail_inet};
    unsigned char *memory = mmap(NULL, GUARD + STACK, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = memory + GUARD + STACK - size, .ss_size = size};
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};

    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40001");
    CHECK(chdir(getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp") == 0, "chdir");
    CHECK(mprotect(memory, (GUARD + STACK - size) & ~4095u, PROT_NONE) == 0 &&
              sigaltstack(&stack, NULL) == 0,
          "the stack");
    sigaction(SIGUSR1, &action, NULL);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        memset(stack.ss_sp, PAINT, size);
        body = bodies[i];
        raise(SIGUSR1);
        fprintf(stderr, "used %zu bytes of the stack by %zu\n", used_of(stack.ss_sp, size), i);
    }
    return CHECK_PASSED;
}

/* The deepest of the measured ones. */
static long deepest(const char *text)
{
    long most = 0;

    for (const char *at = strstr(text, "used "); at != NULL; at = strstr(at + 5, "used "))
        if (strtol(at + 5, NULL, 10) > most)
            most = strtol(at + 5, NULL, 10);
    return most;
}

/* Some is left for what a processor with larger registers saves there: AVX-512's take 1,856 bytes
 * more. How much the library takes depends on the compiler: gcc 14 takes 400 bytes more than 12. */
static void check_room(const char *text, const char *what)
{
    CHECK(deepest(text) > 0 && deepest(text) < STACK - SPARE, "%ld bytes of stack used for %s",
          deepest(text), what);
}

int main(int argc, char **argv)
{
    char format[] = "REUSESHIM_FORMAT=json", *json[] = {format, NULL};
    char path[400], history[512], *with_history[] = {history, NULL};
    struct run_result plain, run;

    (void)argv;
    if (argc > 1)
        return play_role(strcmp(argv[1], "tiny") == 0 ? TINY_STACK : STACK);
    plain = run_self("play", NULL);
    if (plain.status == CHECK_SKIPPED)
        skip("%s", plain.err);
    run = same_with_and_without("play", NULL);
    CHECK_CONTAINS(run.err, "[bound-twice]", "the explanation");
    check_room(run.err, "text");
    run = same_under("play", "log", json, &plain);
    CHECK_CONTAINS(run.err, "\"reason\":", "the explanation");
    check_room(run.err, "JSON");
    run = same_with_and_without("tiny", NULL);
    CHECK_LACKS(run.err, "[bound-twice]", "no explanation");
    snprintf(history, sizeof history, "REUSESHIM_HISTORY=%s", folder_file(path, sizeof path, "h"));
    same_with_and_without("tiny", with_history);
    return CHECK_PASSED;
}

/* A handler on an alternate signal stack with just enough room binds, in vain and with success:
 * nothing below that stack is touched. Also where the kernel has disarmed it for the time of the
 * handler (SS_AUTODISARM), where it is an array in the thread's own stack, and both; in the first
 * thread and in another. */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "check.h"
#include "net.h"
#include "run.h"
#include "same.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

enum { ROOM = 8 * 1024, BELOW = 16 * 1024, PAINT = 0x5a };

static int held_port, results[2];

static int bind_at(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
}

static void handle(int number)
{
    (void)number;
    results[0] = bind_at(held_port++);
    results[1] = bind_at(0);
}

/* Frames of the program's own between, as a place that was met before needs less. */
static void raise_from(int depth)
{
    volatile int kept = depth;

    if (depth > 0)
        raise_from(depth - 1);
    else
        raise(SIGUSR1);
    (void)kept;
}

struct memory {
    unsigned char below[BELOW];
    unsigned char stack[ROOM];
};

static void use(struct memory *memory, bool disarm)
{
    stack_t stack = {.ss_sp = memory->stack, .ss_size = ROOM,
                     .ss_flags = disarm ? (int)SS_AUTODISARM : 0};
    stack_t none = {.ss_flags = SS_DISABLE};
    size_t untouched = 0;

    memset(memory->below, PAINT, BELOW);
    if (sigaltstack(&stack, NULL) < 0)
        skip("no such stack: Linux 4.7");
    for (int i = 0; i < 3; i++)
        raise_from(i);
    while (untouched < BELOW && memory->below[untouched] == PAINT)
        untouched++;
    run_say("%d %d, %zu bytes touched", results[0], results[1], BELOW - untouched);
    sigaltstack(&none, NULL);
}

static void *use_kinds(void *unused)
{
    struct memory *mapped = mmap(NULL, sizeof *mapped, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct memory own;

    CHECK(mapped != MAP_FAILED, "memory");
    bind_at(held_port++); /* from a place that is known then */
    use(mapped, false);
    use(mapped, true);
    use(&own, false);
    use(&own, true);
    return unused;
}

static int play(void)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
    pthread_t thread;
    int listener;

    net_own_namespace();
    held_port = 40000;
    for (int port = held_port; port < held_port + 40; port++) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

        listener = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
                  listen(listener, 1) == 0,
              "a holder");
    }
    sigaction(SIGUSR1, &action, NULL);
    use_kinds(NULL);
    pthread_create(&thread, NULL, use_kinds, NULL);
    pthread_join(thread, NULL);
    return CHECK_PASSED;
}

int main(int argc, char **argv)
{
    struct run_result plain;

    (void)argv;
    if (argc > 1)
        return play();
    plain = run_self("play", NULL);
    if (plain.status == CHECK_SKIPPED)
        skip("%s", plain.err);
    CHECK_LACKS(plain.out, "24576", "a stack of its own");
    same_with_and_without("play", NULL);
    return CHECK_PASSED;
}

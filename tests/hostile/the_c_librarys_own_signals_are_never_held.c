/* While a failure is looked at, signals are held back, but for the two (32 and 33) by which the C
 * library makes setuid() and pthread_cancel() reach a thread: the thread that calls them would
 * wait. Told by the kernel, in /proc/PID/task/TID/status. */
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "run.h"

enum { LOOKS_MAX = 8 };

static _Atomic bool begun, done; /* pthread_create() holds all signals itself */
static long first_thread;

static uint64_t blocked_now(void)
{
    char path[64], line[256];
    uint64_t blocked = 0;
    FILE *status;

    snprintf(path, sizeof path, "/proc/self/task/%ld/status", first_thread);
    status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "SigBlk: %" SCNx64, &blocked) == 1)
            break;
    if (status != NULL)
        fclose(status);
    return blocked;
}

static void *watch(void *seen)
{
    while (!atomic_load(&done))
        if (atomic_load(&begun))
            *(uint64_t *)seen |= blocked_now();
    return NULL;
}

static void fail_at(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) < 0, "port %d is held", port);
    close(fd);
}

static int play(void)
{
    uint64_t seen = 0;
    pthread_t watcher;

    net_own_namespace();
    for (int port = 40000; port < 40000 + LOOKS_MAX; port++)
        net_listener("0.0.0.0", port, 0, 0);
    first_thread = syscall(SYS_gettid);
    pthread_create(&watcher, NULL, watch, &seen);
    atomic_store(&begun, true);
    for (int i = 0; i < LOOKS_MAX && (seen >> (SIGTERM - 1) & 1) == 0; i++) {
        fail_at(40000 + i);
        usleep(1000);
    }
    atomic_store(&done, true);
    pthread_join(watcher, NULL);
    run_say("SIGTERM %d, 32 %d, 33 %d", (int)(seen >> (SIGTERM - 1) & 1), (int)(seen >> 31 & 1),
            (int)(seen >> 32 & 1));
    return CHECK_PASSED;
}

int main(int argc, char **argv)
{
    struct run_result run;

    (void)argv;
    if (argc > 1)
        return play();
    run = run_shimmed("play", "explain", NULL);
    if (run.status == CHECK_SKIPPED)
        skip("%s", run.err);
    CHECK_EQ(run.status, 0, "%s", run.err);
    if (strstr(run.out, "SIGTERM 1") == NULL)
        skip("no look was met: %s", run.out);
    CHECK_STR(run.out, "SIGTERM 1, 32 0, 33 0\n", "the signals that are held");
    return CHECK_PASSED;
}

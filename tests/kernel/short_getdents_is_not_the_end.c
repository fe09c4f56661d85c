/* Rule: getdents64 ends early when a signal is pending, with what it has so far: a short answer is
 * not the end of a folder; only 0 is.
 * Source: filldir64(), "if (signal_pending(current)) return false".
 * Relied on by: base/folder (lists of processes, descriptors and histories are read to the 0). */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

enum { FILES = 4000, DEADLINE_MS = 5000 };

static volatile sig_atomic_t ticks;
static char entries[1 << 20];

static void tick(int signal)
{
    (void)signal;
    ticks++;
}

/* The bytes of the first answer, and of all. */
static long read_folder(int folder, long *all)
{
    long got, first = 0;

    *all = 0;
    CHECK_EQ(lseek(folder, 0, SEEK_SET), 0, "lseek");
    while ((got = syscall(SYS_getdents64, folder, entries, sizeof entries)) > 0) {
        first = *all == 0 ? got : first;
        *all += got;
    }
    CHECK_EQ(got, 0, "the end of the folder");
    return first;
}

int main(void)
{
    struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };
    struct itimerval often = { .it_interval = { 0, 100 }, .it_value = { 0, 100 } }, never = { 0 };
    char place[] = "/tmp/getdents.XXXXXX", name[64];
    long whole, all, first, began = net_now_ms();
    bool was_short = false;
    int folder;

    CHECK(mkdtemp(place) != NULL, "mkdtemp");
    folder = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%d", i);
        close(openat(folder, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    first = read_folder(folder, &whole);
    CHECK_EQ(first, whole, "without a signal one answer has all");
    CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0, "sigaction");
    CHECK_EQ(setitimer(ITIMER_REAL, &often, NULL), 0, "setitimer");
    while (!was_short && net_now_ms() - began < DEADLINE_MS) {
        was_short = read_folder(folder, &all) < whole;
        CHECK_EQ(all, whole, "all answers together");
    }
    setitimer(ITIMER_REAL, &never, NULL);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%d", i);
        unlinkat(folder, name, 0);
    }
    rmdir(place);
    if (!was_short)
        skip("%d signals, and none came within an answer", (int)ticks);
    return CHECK_PASSED;
}

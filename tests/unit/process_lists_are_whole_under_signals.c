/* The kernel ends a piece of a listing early when a signal comes: the rest is asked for all the
 * same, of the descriptors of a process and of the processes of a system. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "proc/process.h"

enum { SOCKETS = 900, ROUNDS = 300, EVERY_US = 50 };

static volatile int ticks;

static void tick(int signal)
{
    (void)signal;
    ticks++;
}

static bool count_one(void *context, int32_t fd, uint64_t inode)
{
    (void)fd;
    (void)inode;
    ++*(int *)context;
    return true;
}

static int sockets_seen(int proc)
{
    static char names[PROCESS_NAMES_SIZE];
    int count = 0;
    const struct socket_visitor visitor = {count_one, &count};

    assert_int_equal(process_sockets(proc, getpid(), &visitor, names), 0);
    return count;
}

static void descriptors_are_all_seen(void **state)
{
    const struct itimerval often = {{0, EVERY_US}, {0, EVERY_US}}, never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
    int proc = process_folder(), before, i, seen[ROUNDS];

    (void)state;
    before = sockets_seen(proc);
    for (i = 0; i < SOCKETS; i++)
        if (socket(AF_UNIX, SOCK_STREAM, 0) < 0)
            break;
    before += i;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    for (i = 0; i < ROUNDS; i++)
        seen[i] = sockets_seen(proc);
    setitimer(ITIMER_REAL, &never, NULL);
    for (i = 0; i < ROUNDS; i++)
        assert_int_equal(seen[i], before);
    assert_true(ticks > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(descriptors_are_all_seen)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

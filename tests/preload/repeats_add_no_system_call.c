/* A program that tries an address again and again, each time with a new socket, pays for a look
 * once in a while: between two of them a call that fails makes the very system calls that it makes
 * without the shim. Another error than EADDRINUSE costs no more. Oracle: ptrace. */
#include "calls.h"
#include "check.h"
#include "net.h"
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WARM_UPS = 20, TIMES = 70, PORT = 8080, TURNS = 5 };

static void try(const char *address, int error)
{
    int fd = net_tcp("127.0.0.1");

    CHECK_RESULT(net_bind(fd, address, PORT), error, "bind %s", address);
    close(fd);
}

static int play(const char *role)
{
    bool taken = strcmp(role, "taken") == 0;
    const char *address = taken ? "127.0.0.1" : "192.0.2.1";
    int error = taken ? -EADDRINUSE : -EADDRNOTAVAIL, i;

    net_listener("127.0.0.1", PORT, 0, 0);
    calls_may_be_seen();
    for (i = 0; i < WARM_UPS; i++)
        try(address, error);
    calls_mark();
    for (i = 0; i < TIMES; i++)
        try(address, error);
    calls_mark();
    return 0;
}

static void compare(const char *role)
{
    struct calls plain = calls_of(role, NULL, NULL), shimmed = {.count = 0};

    CHECK(plain.count >= 3 * TIMES, "%s: the calls are seen: %d", role, plain.count);
    /* A machine that has a lot to do may let a second pass, and so another look come due. */
    for (int turn = 0; turn < TURNS && (turn == 0 || shimmed.count != plain.count); turn++)
        shimmed = calls_of(role, "explain", run_library());
    CHECK_EQ(shimmed.count, plain.count, "%s: calls under explain", role);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    unsetenv("LD_PRELOAD");
    compare("taken");
    compare("not local");
    return 0;
}

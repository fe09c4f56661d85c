/* A program under a filter, of which it is proven that a process can be made: but its user has as
 * many as RLIMIT_NPROC lets, or its control group as pids.max lets. The first failure tries to make
 * one, and no later one does; all are told from memory. None is tried where the program has more
 * memory than is copied in reasonable time (in a long run). */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "cgroup.h"
#include "check.h"
#include "inherit.h"
#include "net.h"
#include "run.h"
#include "told.h"

enum { FIRST_PORT = 40000, PORTS = 3, OTHER_USER = 54321, MUCH_MIB = 560, PAGE_MIN = 4096 };

static bool forbid_processes(const char *folder)
{
    return cgroup_write(folder, "pids.max", "1");
}

static void touch_much(void)
{
    size_t size = (size_t)MUCH_MIB << 20;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        _exit(CHECK_SKIPPED);
    for (size_t at = 0; at < size; at += PAGE_MIN)
        memory[at] = 1;
}

/* Each port is held, by a socket of its own; each failure has a place of its own. */
static int play_server(bool traced)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fds[2], failures = 0;

    if (getenv("MUCH") != NULL)
        touch_much();
    if (traced) {
        calls_may_be_seen();
        calls_mark();
    }
    for (int i = 0; i < PORTS; i++) {
        address.sin_port = htons((uint16_t)(FIRST_PORT + i));
        fds[0] = socket(AF_INET, SOCK_STREAM, 0);
        fds[1] = socket(AF_INET, SOCK_STREAM, 0);
        if (bind(fds[0], (struct sockaddr *)&address, sizeof address) < 0)
            _exit(CHECK_FAILED);
        failures += bind(fds[1], (struct sockaddr *)&address, sizeof address) < 0 &&
                    errno == EADDRINUSE;
    }
    if (traced)
        calls_mark();
    run_say("%d failed", failures);
    _exit(failures == PORTS ? CHECK_PASSED : CHECK_FAILED);
}

/* ROLE: which of the two limits, and whether the server is traced. */
static int play_start(const char *role)
{
    struct rlimit one = {1, 1};
    struct inherit_rule none = {0, 0, 0};
    char setting[16];
    const char *plays = strstr(role, "traced") != NULL ? "server traced" : "server";

    net_own_namespace();
    if (strstr(role, "pids") != NULL) {
        CHECK(cgroup_enter(getenv("GROUP")), "the control group");
    } else if (strstr(role, "much") != NULL) {
        setenv("MUCH", "1", 1);
    } else {
        /* Under a filter a pipe is opened again, so that nothing can hang. */
        if (fchown(STDERR_FILENO, OTHER_USER, OTHER_USER) < 0)
            return CHECK_FAILED;
        CHECK(setrlimit(RLIMIT_NPROC, &one) == 0 && setgid(OTHER_USER) == 0 &&
                  setuid(OTHER_USER) == 0,
              "another user with one process");
    }
    inherit_filter(&none, 0);
    if (inherit_count() == 0)
        skip("nobody counts filters here: Linux 5.9");
    snprintf(setting, sizeof setting, "%d", inherit_count());
    setenv("REUSESHIM_HELPER", setting, 1);
    execl(run_me(), run_me(), plays, (char *)NULL);
    return CHECK_FAILED;
}

static void check(const char *role, int tries_wanted)
{
    char traced[32];
    int tries = 0;
    struct calls calls;
    struct run_result run;

    snprintf(traced, sizeof traced, "%s traced", role);
    calls = calls_of(traced, NULL, run_library());
    for (int i = 0; i < calls.count; i++)
        tries += calls.nr[i] == SYS_clone;
    CHECK_EQ(tries, tries_wanted, "%s: processes that are tried to be made", role);
    run = run_shimmed(role, "explain", told_json);
    CHECK_EQ(run.status, 0, "%s: %s", role, run.err);
    CHECK_EQ(told_records(run.err, "bind_failed"), PORTS, "%s: %s", role, run.err);
    CHECK_CONTAINS(run.err, "\"reason\":\"bound-twice\"", "%s: from memory", role);
    CHECK_CONTAINS(run.err, "\"visibility\":\"seccomp\"", "%s: why no more", role);
}

int main(int argc, char **argv)
{
    const char *group;

    if (argc > 1 && strncmp(argv[1], "server", 6) == 0)
        return play_server(strstr(argv[1], "traced") != NULL);
    if (argc > 1)
        return play_start(argv[1]);
    if (geteuid() != 0)
        skip("needs root, for another user and a control group");
    if (run_is_open_to(OTHER_USER))
        check("nproc", 1);
    else
        printf("warning: RLIMIT_NPROC: not tried, no other user can be run here\n");
    if (getenv("REUSESHIM_LONG") != NULL)
        check("much", 0);
    group = cgroup_make("pids", forbid_processes);
    if (group[0] == '\0')
        skip("no control group with pids.max here");
    setenv("GROUP", group, 1);
    check("pids", 1);
    return CHECK_PASSED;
}

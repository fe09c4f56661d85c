/* Every command among the cures, but for those that stop somebody, does what it says when it is
 * pasted into a shell: afterwards the very call that was refused works. The situations are brought
 * about afresh for each cure. Oracle: the kernel's answer to that call. */
#include "check.h"
#include "cure.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "situation.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int port = 8080;

static const char address[] = "127.0.0.1";

/* Which cures have been tried: "force wait ". */
static char tried[512];

/* ---- One cure in one situation ---- */

/* The minute of TIME_WAIT is cut short, unless the test may take long. */
static void try_wait(const struct situation *situation, const struct cure *cure,
                     struct run_child *holder)
{
    struct run_child child = run_start(cure_pasted(cure->command), NULL);
    char line[128];

    if (strcmp(cure->id, "wait-leaving") == 0)
        run_stop(holder);
    if (getenv("REUSESHIM_LONG") == NULL)
        CHECK(wait_until(cure_end_leftovers, &port, 2000), "the leftovers end");
    if (strncmp(cure->command, "reuseshim wait ", 15) == 0)
        run_line(&child, line, sizeof line); /* that it is free */
    CHECK_RESULT(run_number(&child), 0, "%s: after %s", situation->name, cure->command);
    run_stop(&child);
}

/* The program is started by the command itself. */
static void try_start(const struct situation *situation, const struct cure *cure,
                      struct run_child *holder)
{
    struct run_result run;

    if (strncmp(cure->id, "wait", 4) == 0) {
        try_wait(situation, cure, holder);
        return;
    }
    if (strcmp(cure->id, "force-from-now-on") == 0)
        return; /* it helps the start after the next */
    run = run_program(cure_pasted(cure->command), NULL);
    if (strcmp(cure->id, "free") == 0) { /* which tells what it has ended */
        CHECK_CONTAINS(run.out, " is free\n0\n", "the start after it");
        return;
    }
    CHECK_STR(run.out, "0\n", "%s: after %s: %s", situation->name, cure->command, run.err);
}

/* Connections that are made from now on do not get the port, and what was reserved stays so. */
static void try_reserve(const struct situation *situation, const struct cure *cure)
{
    char text[256] = "";
    FILE *file;

    net_sysctl("net/ipv4/ip_local_reserved_ports", "1000-1001,2000");
    cure_paste(cure->command);
    file = fopen("/proc/sys/net/ipv4/ip_local_reserved_ports", "re");
    CHECK(file != NULL && fgets(text, sizeof text, file) != NULL, "the reserved ports");
    fclose(file);
    CHECK_STR(text, "1000-1001,2000,45000\n", "%s: after %s", situation->name, cure->command);
}

static void try_command(const struct situation *situation, const struct cure *cure)
{
    struct run_result run;

    if (strcmp(cure->id, "reserve") == 0) {
        try_reserve(situation, cure);
        return;
    }
    cure_paste(cure->command);
    run = run_self(situation->attempt, NULL);
    CHECK_STR(run.out, "0\n", "%s: after %s", situation->name, cure->command);
}

static void try_cure(const struct situation *situation, const struct cure *cure,
                     struct run_child *holder)
{
    strcat(strcat(tried, cure->id), " ");
    if (cure_starts(cure))
        try_start(situation, cure, holder);
    else
        try_command(situation, cure);
}

/* Brings the situation about, tries cure number I; returns how many cures there are. */
static int try_number(const struct situation *situation, int i)
{
    struct run_child holder;
    struct cure cure = {.id = ""};
    const char *record;
    int count;

    net_own_namespace();
    holder = situation_start(situation);
    record = cure_explain(situation);
    count = json_length(record, "cures");
    if (i < count) {
        cure_read(record, i, &cure);
        if (cure_is_command(&cure) && strncmp(cure.id, "stop", 4) != 0)
            try_cure(situation, &cure, &holder);
    }
    if (!situation->ends && (i >= count || strcmp(cure.id, "wait-leaving") != 0))
        run_stop(&holder);
    return count;
}

/* ---- Cures that need more than the table of situations has ---- */

static char stale_path[PATH_MAX];

static void nothing(void)
{
}

static void leave_stale_socket(void)
{
    int fd = net_unix(SOCK_STREAM);

    unlink(stale_path);
    CHECK_RESULT(net_bind(fd, stale_path, 0), 0, "bind %s", stale_path);
    close(fd);
}

/* A name that means something to shells. */
static void stale_files(void)
{
    static char role[PATH_MAX + 16];
    struct situation stale = {"stale", "unix-stale", role, nothing, true, ""};
    int i, count = 1;

    folder_file(stale_path, sizeof stale_path, "it's-a-$(socket)`*\"&;");
    snprintf(role, sizeof role, "try unix %s 0", stale_path);
    for (i = 0; i < count; i++) {
        const char *record;
        struct cure cure;
        struct run_child none = {.pid = -1};

        leave_stale_socket();
        record = cure_explain(&stale);
        count = json_length(record, "cures");
        cure_read(record, i, &cure);
        CHECK(count == 2 && cure_is_command(&cure), "two commands: %s", record);
        try_cure(&stale, &cure, &none);
    }
    unlink(stale_path);
}

static void no_ports(void)
{
    struct situation exhausted = {"no ports", "ports-exhausted", "try tcp 127.0.0.1 0", nothing,
                                  true, ""};
    struct run_child none = {.pid = -1};
    const char *record;
    struct cure cure;

    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40001");
    net_bound_tcp(address, 40000, 0, 0);
    net_bound_tcp(address, 40001, 0, 0);
    record = cure_explain(&exhausted);
    cure_read(record, 0, &cure);
    CHECK(cure_is_command(&cure), "a command: %s", record);
    try_cure(&exhausted, &cure, &none);
}

int main(int argc, char **argv)
{
    static const char *const commands[] = {"force", "wait", "free", "v6only", "wait-always",
                                           "wait-leaving",
                                           "reserve", "unlink", "unlink-always", "widen"};
    size_t s, c;
    int i, count;

    if (argc > 1)
        return situation_play(argv[1]);
    if (getenv("REUSESHIM_LONG") != NULL)
        run_deadline_ms = 100 * 1000;
    for (s = 0; s < situation_count; s++)
        for (i = 0, count = 1; i < count; i++)
            count = try_number(&situations[s], i);
    stale_files();
    no_ports();
    for (c = 0; c < sizeof commands / sizeof *commands; c++)
        CHECK_CONTAINS(tried, commands[c], "each kind of cure was there");
    return 0;
}

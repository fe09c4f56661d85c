/* What the shim adds to each call, counted in instructions by callgrind: the same from run to run,
 * on any machine. One line a call on stdout: its name, what is added, the budget. */
#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WARM = 64, CALLS = 2048, DEPTH = 16, PORT = 4711, PORTS = 100 };

/* Each role makes one call more than the one it is compared with. The budgets are the goals of
 * docs/performance.md. */
static const struct {
    const char *name;
    const char *role;
    const char *less; /* the role whose count is taken off; "" = none */
    int budget;
} rows[] = {
    {"socket", "socket", "", 70},
    {"setsockopt of another option", "other", "", 20},
    {"setsockopt SO_REUSEADDR", "reuseaddr", "socket", 130},
    {"bind with 16 frames", "bind", "socket", 2600},
    {"bind with the option, 16 frames", "bind-option", "reuseaddr", 2600},
    {"listen", "listen", "bind", 200},
    {"bind, remembered in the history", "bind-remembered", "bind", 500},
};

enum { ROWS = sizeof rows / sizeof *rows };

static void set(int fd, int option)
{
    int on = 1;

    setsockopt(fd, SOL_SOCKET, option, &on, sizeof on);
}

/* No instruction of the fixtures' own in here, beside the calls. */
static void play_once(const char *role, int kept, int turn)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)(PORT + turn % PORTS)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd;

    if (*role == 'o') {
        set(kept, SO_KEEPALIVE);
        return;
    }
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (*role == 'r' || strcmp(role, "bind-option") == 0)
        set(fd, SO_REUSEADDR);
    if (*role == 'b' || *role == 'l')
        bind(fd, (const struct sockaddr *)&address, sizeof address);
    if (*role == 'l')
        listen(fd, 1);
    close(fd);
}

/* What callgrind counts. */
__attribute__((noinline)) void calls_counted(const char *role, int kept);

void calls_counted(const char *role, int kept)
{
    for (int i = 0; i < CALLS; i++)
        play_once(role, kept, i);
}

/* libunwind goes back to the C library's start code, whose two frames and main's count as well. */
static int below(int depth, const char *role, int kept)
{
    volatile int result = 0;

    if (depth > 0)
        return below(depth - 1, role, kept) + result;
    for (int i = 0; i < WARM + PORTS; i++)
        play_once(role, kept, i);
    calls_counted(role, kept);
    return result;
}

static int play(const char *role)
{
    net_own_namespace();
    return below(DEPTH - 8, role, net_tcp("127.0.0.1"));
}

static long total_of(const char *path)
{
    char line[256];
    long total = -1;
    FILE *file = fopen(path, "r");

    CHECK(file != NULL, "%s, which callgrind writes", path);
    while (total < 0 && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "totals: %ld", &total) != 1 && sscanf(line, "summary: %ld", &total) != 1)
            total = -1;
    fclose(file);
    return total;
}

/* Instructions of all CALLS turns of ROLE. */
static long count(const char *role, bool shimmed)
{
    char path[256], out[300], whole_role[32], folder[256], history[300];
    char *const extra[] = {history, NULL};
    static char valgrind[] = "valgrind", tool[] = "--tool=callgrind",
                toggle[] = "--toggle-collect=calls_counted";
    char *argv[] = {valgrind, tool, out, toggle, (char *)(size_t)run_me(), whole_role, NULL};
    struct run_result run;

    folder_file(path, sizeof path, "callgrind");
    snprintf(out, sizeof out, "--callgrind-out-file=%s", path);
    snprintf(whole_role, sizeof whole_role, "%s", role);
    folder_file(folder, sizeof folder, "history");
    snprintf(history, sizeof history, "REUSESHIM_HISTORY=%s",
             strcmp(role, "bind-remembered") == 0 ? folder : "off");
    run = shimmed ? run_program_shimmed(argv, "explain", extra) : run_program(argv, NULL);
    if (run.status == CHECK_SKIPPED)
        skip("no network namespace of its own");
    CHECK_EQ(run.status, 0, "%s under callgrind: %s", role, run.err);
    return total_of(path);
}

int main(int argc, char **argv)
{
    static char valgrind[] = "valgrind", version[] = "--version";
    char *probe[] = {valgrind, version, NULL};
    long added[ROWS] = {0};
    bool within = true;

    if (argc > 1)
        return play(argv[1]);
    if (run_program(probe, NULL).status != 0)
        skip("no valgrind");
    for (int i = 0; i < ROWS; i++) {
        long each;

        added[i] = count(rows[i].role, true) - count(rows[i].role, false);
        each = added[i];
        for (int less = 0; less < i; less++)
            if (strcmp(rows[less].role, rows[i].less) == 0)
                each -= added[less];
        each = (each + CALLS / 2) / CALLS;
        printf("%s: %ld of %d instructions\n", rows[i].name, each, rows[i].budget);
        if (each > rows[i].budget || each <= 0) {
            fprintf(stderr, "%s: expected at most %d instructions more, seen %ld\n", rows[i].name,
                    rows[i].budget, each);
            within = false;
        }
    }
    return within ? CHECK_PASSED : CHECK_FAILED;
}

/* With a history, a bind makes the same system calls as without one: after the first, which makes
 * the file. Asked of strace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"
#include "told.h"

enum { BINDS = 100 };

static char trace_path[512];

__attribute__((noinline)) void bind_one(int port);

void bind_one(int port)
{
    int fd = net_tcp("127.0.0.1");

    net_reuseaddr(fd, 1);
    CHECK_RESULT(net_bind(fd, "127.0.0.1", port), 0, "bind");
    CHECK_RESULT(net_listen(fd), 0, "listen");
}

/* Between the two calls of getppid() nothing happens but this. */
static int play(void)
{
    volatile int rounds = 2; /* or the compiler makes two calls of one */

    for (int round = 0; round < rounds; round++) {
        int count = round == 0 ? 1 : BINDS;

        if (round == 1)
            getppid();
        for (int i = 0; i < count; i++)
            bind_one(8000 + round + i);
    }
    getppid();
    return 0;
}

/* The calls of the program in the middle, one a line. */
static char *calls_with(const char *history)
{
    static char text[2][1 << 20];
    static int next;
    char setting[512], preload[512];
    char *const argv[] = {(char *)(size_t)"strace", (char *)(size_t)"-o", trace_path,
                          (char *)(size_t)"-E",     preload,              (char *)(size_t)"-E",
                          setting,                  (char *)(size_t)run_me(),
                          (char *)(size_t)"play",   NULL};
    struct run_result result;
    char *bytes = text[next++ % 2], *start, *end;
    FILE *file;
    size_t length;

    snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=%s", history);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", run_library());
    result = run_program(argv, NULL);
    if (result.status == 127 || strstr(result.err, "ptrace") != NULL)
        skip("strace cannot be used: %s", result.err);
    CHECK_EQ(result.status, 0, "%s", result.err);
    file = fopen(trace_path, "re");
    CHECK(file != NULL, "%s", trace_path);
    length = fread(bytes, 1, sizeof text[0] - 1, file);
    fclose(file);
    bytes[length] = '\0';
    start = strstr(bytes, "getppid(");
    CHECK(start != NULL, "the first mark");
    end = strstr(start + 1, "getppid(");
    CHECK(end != NULL, "the second mark");
    *end = '\0';
    return start;
}

int main(int argc, char *argv[])
{
    char folder[512];
    const char *with, *without;

    (void)argv;
    if (argc > 1)
        return play();
    net_own_namespace();
    run_deadline_ms = 30000;
    folder_file(trace_path, sizeof trace_path, "trace");
    folder_file(folder, sizeof folder, "history");
    without = calls_with("off");
    with = calls_with(folder);
    CHECK_EQ(told_times(with, "bind("), BINDS, "binds seen by strace");
    CHECK_EQ(told_lines(with, ""), told_lines(without, ""), "calls with and without:\n%.600s",
             with);
    CHECK_EQ(access(folder, F_OK), 0, "and it was at work: %s is there", folder);
    return 0;
}

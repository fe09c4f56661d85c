/* 200 processes bind at the same time: each has its file, and every bind is in it once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

enum { PROCESSES = 200, BINDS = 5 };

static char setting[512];
static char *const extra[] = {setting, NULL};

/* Every child waits until all are there. */
static int play(void)
{
    int start[2];
    char byte;

    CHECK(pipe(start) == 0, "pipe");
    for (int i = 0; i < PROCESSES; i++) {
        pid_t pid = fork();

        CHECK(pid >= 0, "fork");
        if (pid > 0)
            continue;
        close(start[1]);
        CHECK(read(start[0], &byte, 1) == 0, "the start");
        for (int k = 0; k < BINDS; k++)
            CHECK_RESULT(net_bind(net_tcp("127.0.0.1"), "127.0.0.1", 10000 + i * BINDS + k), 0,
                         "bind");
        _exit(0);
    }
    close(start[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status;

        CHECK(wait(&status) > 0 && status == 0, "a child");
    }
    return 0;
}

int main(int argc, char **argv)
{
    static char line[64 * 1024];
    static int seen[PROCESSES * BINDS];
    static long pids[PROCESSES];
    char path[400], command[1024];
    struct run_result result;
    FILE *list;

    (void)argv;
    if (argc > 1)
        return play();
    net_own_namespace();
    run_deadline_ms = 40000;
    folder_file(path, sizeof path, "history");
    snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=%s", path);
    result = run_shimmed("play", NULL, extra);
    CHECK_EQ(result.status, 0, "%s", result.err);
    snprintf(command, sizeof command, "%s list --json --history %s", run_command(), path);
    list = popen(command, "r");
    CHECK(list != NULL, "%s", command);
    while (fgets(line, sizeof line, list) != NULL) {
        long n = json_number_at(line, "port", -1) - 10000, pid = json_number_at(line, "pid", -1);

        CHECK(n >= 0 && n < PROCESSES * BINDS, "a port that was bound: %.200s", line);
        CHECK_EQ(seen[n]++, 0, "port %ld is there once", n + 10000);
        CHECK(pids[n / BINDS] == 0 || pids[n / BINDS] == pid, "all binds of one process");
        pids[n / BINDS] = pid;
    }
    CHECK_EQ(pclose(list), 0, "list");
    for (int i = 0; i < PROCESSES * BINDS; i++)
        CHECK_EQ(seen[i], 1, "port %d is there", i + 10000);
    return 0;
}

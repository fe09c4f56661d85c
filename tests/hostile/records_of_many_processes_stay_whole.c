/* 64 processes that append to one log at the same time leave whole records, each on a line of its
 * own, and every one of them. The log is only its owner's to read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"

enum { PROCESSES = 64, FAILURES = 3 };

/* The holders stay open until the end: a port that comes again would be told in short. */
static int fail_some(void)
{
    for (int i = 0; i < FAILURES; i++) {
        int held = net_listener("127.0.0.1", 0, 0, 0), fd = net_tcp("127.0.0.1");

        if (net_bind(fd, "127.0.0.1", net_port(held)) != -EADDRINUSE)
            return CHECK_FAILED;
        close(fd);
    }
    return CHECK_PASSED;
}

/* All wait for the end of a pipe, and go on at the same moment. */
static int play_role(void)
{
    int gate[2], failed = 0, status;
    char byte;

    CHECK(pipe(gate) == 0, "pipe");
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            close(gate[1]);
            _exit(read(gate[0], &byte, 1) == 0 ? fail_some() : CHECK_FAILED);
        }
    close(gate[1]);
    while (wait(&status) > 0)
        failed += status != 0;
    CHECK_EQ(failed, 0, "children that failed");
    return CHECK_PASSED;
}

static int count_records(const char *path)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    int count = 0;
    FILE *log = fopen(path, "re");

    CHECK(log != NULL, "the log %s", path);
    while ((length = getline(&line, &size, log)) > 0) {
        CHECK(strncmp(line, "{\"v\":1,", 7) == 0 && strcmp(line + length - 2, "}\n") == 0 &&
                  strstr(line + 1, "{\"v\":1,") == NULL,
              "a whole record: %s", line);
        if (strstr(line, "\"event\":\"bind_failed\"") != NULL)
            count++;
    }
    free(line);
    fclose(log);
    return count;
}

int main(int argc, char **argv)
{
    char path[512], log[600], format[] = "REUSESHIM_FORMAT=json", *extra[] = {log, format, NULL};
    struct run_result run;
    struct stat status;

    (void)argv;
    if (argc > 1)
        return play_role();
    run_deadline_ms = 30 * 1000;
    snprintf(log, sizeof log, "REUSESHIM_LOG=%s", folder_file(path, sizeof path, "log"));
    umask(0);
    run = run_shimmed("play", "explain", extra);
    CHECK_EQ(run.status, 0, "the processes: %s", run.err);
    CHECK_EQ(count_records(path), PROCESSES * FAILURES, "records of failed binds");
    CHECK(stat(path, &status) == 0, "stat");
    CHECK_EQ(status.st_mode & 07777, 0600, "the mode of the log");
    CHECK_STR(run.err, "", "stderr");
    return CHECK_PASSED;
}

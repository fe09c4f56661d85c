/* Thousands of processes, fifty at a time, each of which binds one address: none of them fails, the
 * folder stays within its limit, and what the newest have bound is read back. 10,000 in a long
 * run. */
#include <dirent.h>
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

enum { AT_ONCE = 50, FEW = 1500, MANY = 10000, FIRST_PORT = 10000 };
enum { FOLDER_FILES = 256, NEWEST = 200 }; /* 16 MiB of 64 KiB each; of them are surely there */

static char setting[512];
static char *const extra[] = {setting, NULL};

static void await_one(void)
{
    int status;

    CHECK(wait(&status) > 0 && status == 0, "a process that binds");
}

static int play(int process_count)
{
    for (int i = 0; i < process_count; i++) {
        pid_t pid;

        if (i >= AT_ONCE)
            await_one();
        pid = fork();
        CHECK(pid >= 0, "fork");
        if (pid == 0) {
            CHECK_RESULT(net_bind(net_tcp("127.0.0.1"), "127.0.0.1", FIRST_PORT + i), 0, "bind");
            exit(0);
        }
    }
    for (int i = 0; i < AT_ONCE; i++)
        await_one();
    return 0;
}

static int files_in(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;

    CHECK(folder != NULL, "%s", path);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += strstr(entry->d_name, ".binds") != NULL;
    closedir(folder);
    return count;
}

/* Which of the last NEWEST ports are told, each once. */
static void check_newest(const char *path, int process_count)
{
    static char line[64 * 1024];
    static int seen[MANY];
    char command[1024];
    FILE *list;

    snprintf(command, sizeof command, "%s list --json --history %s", run_command(), path);
    list = popen(command, "r");
    CHECK(list != NULL, "%s", command);
    while (fgets(line, sizeof line, list) != NULL) {
        long n = json_number_at(line, "port", -1) - FIRST_PORT;

        CHECK(n >= 0 && n < process_count, "a port that was bound: %.200s", line);
        CHECK_EQ(seen[n]++, 0, "port %ld is there once", n + FIRST_PORT);
    }
    CHECK_EQ(pclose(list), 0, "list");
    for (int n = process_count - NEWEST; n < process_count; n++)
        CHECK_EQ(seen[n], 1, "port %d is there", n + FIRST_PORT);
}

int main(int argc, char **argv)
{
    struct run_result result;
    char path[400], role[16];
    int process_count, count;

    if (argc > 1)
        return play(atoi(argv[1]));
    net_own_namespace();
    run_deadline_ms = 600000;
    folder_file(path, sizeof path, "history");
    snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=%s,size=16M", path);
    process_count = getenv("REUSESHIM_LONG") == NULL ? FEW : MANY;
    snprintf(role, sizeof role, "%d", process_count);
    result = run_shimmed(role, NULL, extra);
    CHECK_EQ(result.status, 0, "%s", result.err);
    CHECK_STR(result.err, "", "none has anything to say");
    count = files_in(path);
    CHECK(count >= NEWEST && count <= FOLDER_FILES + AT_ONCE, "%d files", count);
    check_newest(path, process_count);
    return CHECK_PASSED;
}

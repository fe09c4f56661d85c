/* Standard output belongs to the program. Descriptor 2 does once the program has put something else
 * there: a file of its own after a close, or another pipe by dup2. What it writes to these is all
 * that is in them; under the settings stderr and fd:N alike. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "same.h"

static const char text[] = "the program's own\n";

static void put_text(int fd)
{
    CHECK_EQ(write(fd, text, sizeof text - 1), sizeof text - 1, "write to %d", fd);
}

/* FD is closed and its number taken by a file of the program's. */
static int play_role(int fd, const char *way, const char *path)
{
    int other;

    same_calls("before");
    if (strcmp(way, "close") == 0)
        close(fd);
    other = open(path, O_RDWR | O_CREAT | O_APPEND, 0600);
    if (strcmp(way, "dup") == 0)
        dup2(other, fd);
    else
        CHECK_EQ(other, fd, "the number of the next file");
    put_text(fd);
    for (int i = 0; i < 3; i++)
        same_calls("after");
    put_text(fd);
    return CHECK_PASSED;
}

static void check_file(const char *path)
{
    char bytes[1024] = "", expected[64];
    FILE *file = fopen(path, "re");
    size_t length;

    CHECK(file != NULL, "%s", path);
    length = fread(bytes, 1, sizeof bytes - 1, file);
    bytes[length] = '\0';
    snprintf(expected, sizeof expected, "%s%s", text, text);
    CHECK_STR(bytes, expected, "the program's file");
    fclose(file);
    unlink(path);
}

static struct run_result play(const char *policy, const char *fd, const char *way, char *extra[])
{
    char path[512], number[8], how[8];
    char *argv[] = {(char *)(uintptr_t)run_me(), number, how,
                    folder_file(path, sizeof path, "own") ? path : NULL, NULL};
    struct run_result run;

    snprintf(number, sizeof number, "%s", fd);
    snprintf(how, sizeof how, "%s", way);
    run = policy == NULL ? run_program(argv, extra) : run_program_shimmed(argv, policy, extra);
    CHECK_EQ(run.status, 0, "%s: %s", way, run.err);
    check_file(path);
    return run;
}

static void check_all(const char *fd, const char *log)
{
    static const char *const policies[] = {"explain", "log"}, *const ways[] = {"close", "dup"};
    char setting[64], *extra[] = {setting, NULL};

    snprintf(setting, sizeof setting, "REUSESHIM_LOG=%s", log);
    for (size_t w = 0; w < 2; w++) {
        struct run_result plain = play(NULL, fd, ways[w], extra);

        for (size_t p = 0; p < 2; p++) {
            struct run_result run = play(policies[p], fd, ways[w], extra);

            CHECK_STR(run.out, plain.out, "stdout under %s", policies[p]);
            if (strcmp(fd, "2") == 0)
                CHECK_CONTAINS(run.err, " cannot bind ", "what was said before");
        }
    }
}

int main(int argc, char **argv)
{
    if (argc > 3)
        return play_role(argv[1][0] - '0', argv[2], argv[3]);
    check_all("2", "stderr");
    check_all("2", "fd:2");
    check_all("0", "fd:0");
    return CHECK_PASSED;
}

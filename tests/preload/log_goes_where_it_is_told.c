/* REUSESHIM_LOG: records go to stderr, to a file that is appended to and created 0600, with %p for
 * the process id, or to a descriptor that the program was started with; to that place alone, and
 * never to stdout. No descriptor stays open. */
#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PORT = 8080, FD = 9 };
static const char address[] = "127.0.0.1";

static int open_descriptors(void)
{
    DIR *list = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(list) != NULL)
        count++;
    closedir(list);
    return count;
}

/* One failure that is told; says what it saw, its pid, and how many descriptors that cost. */
static int play(const char *role)
{
    int fd = net_tcp(address), before = open_descriptors(), result;

    if (strcmp(role, "no umask") == 0)
        umask(0);
    if (strcmp(role, "fork") == 0 && fork() != 0) {
        run_until_stopped();
        return 0;
    }
    result = net_bind(fd, address, PORT);
    run_say("%d %d %d", result, open_descriptors() - before, (int)getpid());
    return 0;
}

static const char *read_file(const char *path)
{
    static char text[64 * 1024];
    FILE *file = fopen(path, "re");
    size_t length = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;

    text[length] = '\0';
    if (file != NULL)
        fclose(file);
    return text;
}

/* Runs with this REUSESHIM_LOG; returns the process id. */
static int run_with(const char *role, const char *where, struct run_result *run)
{
    char variable[PATH_MAX];
    char *const extra[] = {variable, NULL};
    int result, opened, pid;

    snprintf(variable, sizeof variable, "REUSESHIM_LOG=%s", where);
    *run = run_shimmed(role, "explain", extra);
    CHECK_EQ(sscanf(run->out, "%d %d %d\n", &result, &opened, &pid), 3, "said: %s", run->out);
    CHECK_EQ(told_lines(run->out, ""), 1, "nothing of ours on stdout: %s", run->out);
    CHECK_RESULT(result, -98, "the bind, with %s", where);
    CHECK_EQ(opened, 0, "descriptors left open, with %s", where);
    return pid;
}

static int explanations(const char *text)
{
    return told_lines(text, " cannot bind 8080: ");
}

static void to_a_file(void)
{
    char path[PATH_MAX], numbered[PATH_MAX], named[PATH_MAX + 16];
    struct run_result run;
    struct stat status;
    FILE *file;
    int pid;

    folder_file(path, sizeof path, "log");
    run_with("no umask", path, &run);
    CHECK_STR(run.err, "", "with a file, nothing on stderr");
    CHECK(stat(path, &status) == 0, "the file is made");
    CHECK_EQ(status.st_mode & 07777, 0600, "its mode");
    CHECK_EQ(explanations(read_file(path)), 1, "the explanation is in it");
    run_with("play", path, &run);
    CHECK_EQ(explanations(read_file(path)), 2, "a second run appends");

    file = fopen(path, "we");
    fputs("what was there before\n", file);
    fclose(file);
    CHECK(chmod(path, 0640) == 0, "a mode of the user's choice");
    run_with("play", path, &run);
    CHECK_EQ(told_lines(read_file(path), "what was there before"), 1, "nothing is cut off");
    CHECK_EQ(explanations(read_file(path)), 1, "appended");
    CHECK(stat(path, &status) == 0 && (status.st_mode & 07777) == 0640, "the mode is left alone");

    folder_file(numbered, sizeof numbered, "100%%-%p.log");
    pid = run_with("play", numbered, &run);
    snprintf(named, sizeof named, "%s/100%%-%d.log", folder_path(), pid);
    CHECK_EQ(explanations(read_file(named)), 1, "%s has it", named);
    folder_file(numbered, sizeof numbered, "child-%p.log");
    pid = run_with("fork", numbered, &run);
    snprintf(named, sizeof named, "%s/child-%d.log", folder_path(), pid);
    CHECK_EQ(explanations(read_file(named)), 1, "a forked child has its own: %s", named);
}

static void to_a_descriptor(void)
{
    char path[PATH_MAX];
    struct run_result run;
    int fd = open(folder_file(path, sizeof path, "descriptor"), O_CREAT | O_RDWR, 0600);

    CHECK(fd >= 0 && dup2(fd, FD) == FD, "a file at descriptor %d: %s", FD,
          check_errno_name(errno));
    run_with("play", "fd:9", &run);
    CHECK_STR(run.err, "", "with a descriptor, nothing on stderr");
    CHECK_EQ(explanations(read_file(path)), 1, "the explanation is in the file");
    close(FD);
    close(fd);
}

/* It was closed before the program started. */
static void to_no_descriptor(void)
{
    struct run_result run;

    run_with("play", "fd:77", &run);
    CHECK_EQ(told_lines(run.err, "reuseshim: REUSESHIM_LOG=\"fd:77\": column 4: expected "), 1,
             "it is told, once: %s", run.err);
    CHECK_EQ(explanations(run.err), 1, "the explanation is on stderr");
}

int main(int argc, char **argv)
{
    struct run_result run;
    int listener;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    listener = net_listener(address, PORT, 0, 0);

    run_with("play", "stderr", &run);
    CHECK_EQ(explanations(run.err), 1, "on stderr");
    run_with("play", "", &run);
    CHECK_EQ(explanations(run.err), 1, "on stderr where it is empty");
    to_a_file();
    to_a_descriptor();
    to_no_descriptor();
    close(listener);
    return 0;
}

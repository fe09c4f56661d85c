/* Whatever is wrong with the place of the log, the program runs on as without the shim: a full
 * disk, a pipe whose reader has gone (no SIGPIPE comes of it) or that nobody empties, a limit on
 * the size of files (no SIGXFSZ), a folder that may not be written to, a folder, a FIFO or a link
 * in the log's place. What a link leads to stays as it was. Once the log can be written again, it
 * tells how much was lost. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "mounts.h"
#include "net.h"
#include "same.h"

/* The folder of the test, shared with its roles. */
static const char *place(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/%s", getenv("REUSESHIM_TEST_PLACE"), name);
    return path;
}

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CHECK(fd >= 0 && write(fd, "as it was", 9) == 9, "%s: %s", path, check_errno_name(errno));
    close(fd);
}

static void with_full_disk(void)
{
    static char bytes[4096];
    int fd;

    if (!mounts_unshare() ||
        mount("none", place(""), "tmpfs", 0, "size=16k") < 0)
        skip("no mount namespace: %s", check_errno_name(errno));
    fd = open(place("filler"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    while (write(fd, bytes, sizeof bytes) > 0)
        ;
    CHECK_EQ(errno, ENOSPC, "the disk is full");
}

static void stderr_is(int ends[2], bool read_end_open)
{
    CHECK(pipe(ends) == 0, "pipe");
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    if (!read_end_open)
        close(ends[0]);
}

static void with_closed_pipe(void)
{
    int ends[2];

    signal(SIGPIPE, SIG_DFL);
    stderr_is(ends, false);
}

static void with_stuck_pipe(void)
{
    static char bytes[4096];
    int ends[2];

    stderr_is(ends, true);
    fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
    while (write(STDERR_FILENO, bytes, sizeof bytes) > 0)
        ;
    fcntl(STDERR_FILENO, F_SETFL, 0);
}

static void with_size_limit(void)
{
    struct rlimit limit = {0, 0};

    signal(SIGXFSZ, SIG_DFL);
    setrlimit(RLIMIT_FSIZE, &limit);
}

static void with_closed_folder(void)
{
    CHECK(setgid(65534) == 0 && setuid(65534) == 0, "setuid");
}

static void with_folder(void)
{
    CHECK(mkdir(place("log"), 0700) == 0, "mkdir");
}

static void with_fifo(void)
{
    CHECK(mkfifo(place("log"), 0600) == 0, "mkfifo");
}

static void with_link(void)
{
    make_file(place("target"));
    CHECK(symlinkat("target", AT_FDCWD, place("log")) == 0, "symlink");
}

static void with_dangling_link(void)
{
    CHECK(symlinkat("nowhere", AT_FDCWD, place("log")) == 0, "symlink");
}

static void with_another_users_file(void)
{
    make_file(place("log"));
    CHECK(chmod(place("log"), 0666) == 0 && chown(place("log"), 65534, 65534) == 0, "chown");
}

static const struct {
    const char *name;
    void (*enter)(void);
    const char *log; /* NULL: a file in the test's folder */
    const char *kept; /* the file that must be as it was */
} situations[] = {
    {"full disk", with_full_disk, NULL, NULL},
    {"/dev/full", NULL, "/dev/full", NULL},
    {"closed pipe", with_closed_pipe, "stderr", NULL},
    {"stuck pipe", with_stuck_pipe, "stderr", NULL},
    {"size limit", with_size_limit, NULL, NULL},
    {"closed folder", with_closed_folder, NULL, NULL},
    {"folder", with_folder, NULL, NULL},
    {"fifo", with_fifo, NULL, NULL},
    {"link", with_link, NULL, "target"},
    {"dangling link", with_dangling_link, NULL, NULL},
    {"another user's file", with_another_users_file, NULL, "log"},
    {"no such folder", NULL, "/nonexistent/folder/log", NULL},
    {"no descriptor", NULL, "fd:77", NULL},
    {"no daemon", NULL, "journal", NULL},
};

static void clear_place(void)
{
    static const char *const names[] = {"log", "target", "filler"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (unlink(place(names[i])) < 0)
            rmdir(place(names[i]));
}

/* For two failures the log may not grow, for the third it may. */
static int play_losses(void)
{
    struct rlimit none = {0, RLIM_INFINITY}, more = {RLIM_INFINITY, RLIM_INFINITY};

    CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0, "setrlimit");
    same_calls("first");
    same_calls("second");
    CHECK(setrlimit(RLIMIT_FSIZE, &more) == 0, "setrlimit");
    same_calls("third");
    same_calls("fourth");
    return CHECK_PASSED;
}

static void check_losses(void)
{
    static char text[1 << 16];
    char log[600], *extra[] = {log, NULL};
    FILE *file;

    clear_place();
    snprintf(log, sizeof log, "REUSESHIM_LOG=%s", place("log"));
    same_with_and_without("losses", extra);
    file = fopen(place("log"), "re");
    CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) > 0, "the log");
    fclose(file);
    CHECK_CONTAINS(text, "reuseshim: REUSESHIM_LOG: ", "the log");
    CHECK_CONTAINS(text, " before this line were lost (File too large)\n", "the log");
    CHECK_CONTAINS(text, "lost (File too large)\nreuseshim: a_log_that_cann cannot bind ",
                   "what comes after it");
}

/* The situation is there before the shim is: it is entered, and then the program is executed. */
static int play_role(const char *name)
{
    char *argv[] = {(char *)(uintptr_t)run_me(), (char[]){"calls"}, NULL};

    for (size_t i = 0; i < sizeof situations / sizeof *situations; i++)
        if (strcmp(name, situations[i].name) == 0 && situations[i].enter != NULL)
            situations[i].enter();
    execv(argv[0], argv);
    return CHECK_FAILED;
}

static void check_kept(const char *path)
{
    char bytes[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    CHECK(fd >= 0 && read(fd, bytes, sizeof bytes - 1) >= 0, "%s", path);
    CHECK_STR(bytes, "as it was", "%s", path);
    close(fd);
}

static void check_situation(size_t i, const char *variable)
{
    static const char *const policies[] = {"explain", "log"};
    char log[600], given[600], *extra[] = {log, given, NULL};
    struct run_result plain;

    snprintf(given, sizeof given, "%s", variable);
    snprintf(log, sizeof log, "REUSESHIM_LOG=%s",
             situations[i].log ? situations[i].log : place("log"));
    clear_place();
    plain = run_self(situations[i].name, extra);
    if (plain.status == CHECK_SKIPPED) {
        printf("warning: %s: %s", situations[i].name, plain.err);
        return;
    }
    for (size_t p = 0; p < 2; p++) {
        long start_ms = net_now_ms();

        clear_place();
        same_under(situations[i].name, policies[p], extra, &plain);
        CHECK(net_now_ms() - start_ms < 9000, "%s takes %ld ms under %s", situations[i].name,
              net_now_ms() - start_ms, policies[p]);
        if (situations[i].kept != NULL)
            check_kept(place(situations[i].kept));
    }
    CHECK(access(place("nowhere"), F_OK) < 0, "a link leads to nothing still");
}

int main(int argc, char **argv)
{
    char variable[600];

    if (argc > 1 && strcmp(argv[1], "calls") == 0) {
        same_calls("calls");
        same_calls("calls");
        return CHECK_PASSED;
    }
    if (argc > 1 && strcmp(argv[1], "losses") == 0)
        return play_losses();
    if (argc > 1)
        return play_role(argv[1]);
    if (geteuid() != 0)
        skip("root is needed for most of the situations");
    snprintf(variable, sizeof variable, "REUSESHIM_TEST_PLACE=%s", folder_path());
    putenv(variable);
    for (size_t i = 0; i < sizeof situations / sizeof *situations; i++)
        check_situation(i, variable);
    check_losses();
    clear_place();
    return CHECK_PASSED;
}

/* A setting that cannot be understood costs one line, which names the variable, the text, the
 * column and what was expected; and the program runs on as if the variable were unset. */
#include "check.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PORT = 8080, HUGE = 64 * 1024 };
static const char address[] = "127.0.0.1";

/* One bind that works, one that does not, and the options of both. */
static int play(void)
{
    int free = net_tcp(address), refused = net_tcp(address), results[2];

    results[0] = net_bind(free, address, 8081);
    results[1] = net_bind(refused, address, PORT);
    run_say("%d %d%d %d %d%d", results[0], net_get(free, SOL_SOCKET, SO_REUSEADDR) != 0,
            net_get(free, SOL_SOCKET, SO_REUSEPORT) != 0, results[1],
            net_get(refused, SOL_SOCKET, SO_REUSEADDR) != 0,
            net_get(refused, SOL_SOCKET, SO_REUSEPORT) != 0);
    return 0;
}

/* As a user: root may write anywhere. */
static int play_as_user(void)
{
    CHECK(setuid(65534) == 0, "setuid: %s", check_errno_name(errno));
    execl("/proc/self/exe", run_me(), "play", (char *)NULL);
    return 1;
}

struct row {
    const char *setting, *text; /* text: what is shown of it, if that is not all */
    int column;
    const char *expected;
};

static const struct row rows[] = {
    {"REUSESHIM_POLICY=froce", NULL, 1, "an action"},
    {"REUSESHIM_POLICY=explain+dance", NULL, 9, "an action"},
    {"REUSESHIM_POLICY=tcp:70000=force", NULL, 5, "a port from 1 to 65535"},
    {"REUSESHIM_POLICY=tcp:0=force", NULL, 5, "a port from 1 to 65535"},
    {"REUSESHIM_POLICY=tcp:9100-9000=force", NULL, 10, "a port from 9100 to 65535"},
    {"REUSESHIM_POLICY=tcp@1.2.3=force", NULL, 5, "an IPv4 address"},
    {"REUSESHIM_POLICY=force;tcp@[::1=force", NULL, 15, "']'"},
    {"REUSESHIM_POLICY=tcp@[nonsense]=force", NULL, 6, "an IPv6 address"},
    {"REUSESHIM_POLICY=force+clear", NULL, 7, "without force"},
    {"REUSESHIM_POLICY=off+force", NULL, 5, "without off"},
    {"REUSESHIM_POLICY=force;;share", NULL, 7, "a rule"},
    {"REUSESHIM_POLICY=force;", NULL, 7, "a rule"},
    {"REUSESHIM_POLICY=force+wait", NULL, 11, "a time"},
    {"REUSESHIM_POLICY=force+wait:90x", NULL, 14, "a unit"},
    {"REUSESHIM_POLICY=force=8080", NULL, 6, "the end"},
    {"REUSESHIM_POLICY=udp4=v6only+force", NULL, 6, "IPv6 sockets"},
    {"REUSESHIM_POLICY=share\033[2J", "share\\x1b[2J", 6, "the end"},
    {"REUSESHIM_FORMAT=xml", NULL, 1, "text or json"},
    {"REUSESHIM_LOG=fd:stderr", NULL, 4, "a descriptor number"},
    {"REUSESHIM_LOG=/tmp/%q.log", NULL, 6, "%p (the process id) or %%"},
    {"REUSESHIM_LOG=/nowhere/at/all/log", NULL, 1, "No such file or directory"},
    {"REUSESHIM_LOG=/tmp", NULL, 1, "Is a directory"},
    {"REUSESHIM_ONLY=a,,b", NULL, 3, "a program's name"},
    {"REUSESHIM_ONLY=/usr/bin/python3", NULL, 1, "a program's name without its folder"},
    {"REUSESHIM_HISTORY=relative", NULL, 1, "the absolute path of a folder"},
};

/* The first line of TEXT must be the complaint about SETTING. */
static void check_line(const char *line, const struct row *row)
{
    const char *value = strchr(row->setting, '=') + 1;
    char expected[4 * 1024];

    snprintf(expected, sizeof expected, "reuseshim: %.*s=\"%s\": column %d: expected ",
             (int)(value - 1 - row->setting), row->setting, row->text ? row->text : value,
             row->column);
    CHECK(strncmp(line, expected, strlen(expected)) == 0, "variable, text, column; want:\n%s\n%s",
          expected, line);
    CHECK_CONTAINS(line, row->expected, "what was expected");
    CHECK_CONTAINS(line, "; the default (", "what is done instead");
}

static void check_run(const struct run_result *run, const char *setting)
{
    CHECK_EQ(run->status, 0, "the program with %.60s: %s", setting, run->err);
    CHECK_STR(run->out, "0 00 -98 00\n", "the program runs as with %.60s unset", setting);
    CHECK_EQ(told_lines(run->err, "expected"), 1, "one line about %.60s:\n%s", setting, run->err);
    CHECK_EQ(told_lines(run->err, " cannot bind 8080: "), 1,
             "the failure is explained, in text and on stderr, with %.60s:\n%s", setting, run->err);
}

static void check(const struct row *row)
{
    char setting[4 * 1024];
    char *const extra[] = {setting, NULL};
    struct run_result run;

    snprintf(setting, sizeof setting, "%s", row->setting);
    run = run_shimmed("play", NULL, extra);
    check_run(&run, setting);
    check_line(told_line(run.err, "", 0), row);
}

static void huge_policies(void)
{
    static char setting[HUGE + 64];
    char *const extra[] = {setting, NULL};
    size_t start = (size_t)snprintf(setting, sizeof setting, "REUSESHIM_POLICY=");
    struct run_result run;

    memset(setting + start, 'x', HUGE);
    run = run_shimmed("play", NULL, extra);
    check_run(&run, setting);
    CHECK_CONTAINS(run.err, "REUSESHIM_POLICY=\"xxxx", "the start of it is shown");
    CHECK(strlen(told_line(run.err, "REUSESHIM_POLICY", 0)) < 500, "but not all of it");
    while (start + 8 < HUGE)
        start += (size_t)snprintf(setting + start, 16, "explain;");
    snprintf(setting + start, 16, "force");
    run = run_shimmed("play", NULL, extra);
    check_run(&run, setting);
    CHECK_CONTAINS(run.err, "at most 64 rules", "the limit is told");
}

static void folder_that_may_not_be_written(void)
{
    char log[PATH_MAX], setting[PATH_MAX + 16];
    char *const extra[] = {setting, NULL};
    struct row row = {setting, NULL, 1, "Permission denied"};
    struct run_result run;

    if (getuid() != 0 || !run_is_open_to(65534)) {
        printf("warning: a folder that may not be written: not tried, no user can be run here\n");
        return;
    }
    CHECK(chmod(folder_path(), 0555) == 0, "a folder that only root may write to");
    folder_file(log, sizeof log, "log");
    snprintf(setting, sizeof setting, "REUSESHIM_LOG=%s", log);
    run = run_shimmed("play as user", NULL, extra);
    check_run(&run, setting);
    check_line(told_line(run.err, "", 0), &row);
    CHECK(access(log, F_OK) != 0, "no file is made");
}

/* Two at once, in the form and the place that the third asks for. */
static void several(void)
{
    char path[PATH_MAX], log[PATH_MAX + 16];
    char *const extra[] = {(char *)(uintptr_t)"REUSESHIM_ONLY=a/b",
                           (char *)(uintptr_t)"REUSESHIM_POLICY=fourc",
                           (char *)(uintptr_t)"REUSESHIM_FORMAT=json", log, NULL};
    static char text[16 * 1024];
    struct run_result run;
    FILE *file;

    chmod(folder_path(), 0755);
    snprintf(log, sizeof log, "REUSESHIM_LOG=%s", folder_file(path, sizeof path, "records"));
    run = run_shimmed("play", NULL, extra);
    CHECK_STR(run.out, "0 00 -98 00\n", "the program runs on: %s", run.err);
    CHECK_STR(run.err, "", "nothing on stderr");
    file = fopen(path, "re");
    CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) > 0, "the log");
    fclose(file);
    CHECK_EQ(told_records(text, "config_error"), 2, "a record for each:\n%s", text);
    CHECK_EQ(told_records(text, "bind_failed"), 1, "and the failure:\n%s", text);
    CHECK_CONTAINS(json_at(told_record(text, "config_error", 0), "text"), "REUSESHIM_POLICY",
                   "which one");
    CHECK_CONTAINS(json_at(told_record(text, "config_error", 1), "text"), "REUSESHIM_ONLY",
                   "which one");
}

/* A start script's commands open no socket: the server alone says what is wrong. */
static void commands_of_a_script(void)
{
    char shell[] = "/bin/sh", option[] = "-c", me[PATH_MAX];
    char script[] = "/bin/ls / >/dev/null && /bin/true && (exec /bin/true) && exec \"$0\" play";
    char *const argv[] = {shell, option, script, me, NULL};
    char *const settings[] = {(char *)(uintptr_t)"REUSESHIM_POLICY=froce",
                              (char *)(uintptr_t)"REUSESHIM_LOG=/nowhere/at/all/log"};
    size_t i;

    snprintf(me, sizeof me, "%s", run_me());
    for (i = 0; i < sizeof settings / sizeof *settings; i++) {
        char *const extra[] = {settings[i], NULL};
        struct run_result run = run_program_shimmed(argv, NULL, extra);

        check_run(&run, settings[i]);
    }
}

int main(int argc, char **argv)
{
    size_t i;

    if (argc > 1)
        return strcmp(argv[1], "play") == 0 ? play() : play_as_user();
    net_own_namespace();
    net_listener(address, PORT, 0, 0);
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        check(&rows[i]);
    huge_policies();
    several();
    commands_of_a_script();
    folder_that_may_not_be_written();
    return 0;
}

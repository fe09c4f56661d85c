/* Under a seccomp filter that kills a process for any call that it does not make without the shim,
 * a failure is explained from what the shim remembers, with visibility seccomp. To learn of the
 * filter it may read a file of /proc, with the calls that every dynamic program starts with; to
 * tell, it may write. A filter that forbids these, too, gets no call at all: nothing is told. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "filter.h"
#include "folder.h"
#include "net.h"
#include "run.h"
#include "told.h"

static int play_failure(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int held = filter_listen_at(&address, 40000), fd = socket(AF_INET, SOCK_STREAM, 0), result;

    errno = 0;
    result = bind(fd, (struct sockaddr *)&address, sizeof address);
    filter_say(result == -1 && errno == EADDRINUSE ? "refused\n" : "otherwise\n");
    for (int i = 0; i < 120; i++)
        bind(fd, (struct sockaddr *)&address, sizeof address);
    listen(fd, 3); /* after a bind that failed: misuse */
    close(held);
    filter_say("done\n");
    _exit(CHECK_PASSED);
}

/* Failures of other kinds: an address of nobody's, and those that are no business of the shim's. */
static int play_other_failures(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(40000)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool same;

    address.sin_addr.s_addr = htonl(0xcb007109); /* 203.0.113.9 is nobody's */
    same = bind(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno == EADDRNOTAVAIL;
    same &= bind(fd, (struct sockaddr *)1, sizeof address) < 0 && errno == EFAULT;
    same &= bind(fd, NULL, 0) < 0 && errno == EINVAL;
    same &= bind(77, (struct sockaddr *)&address, sizeof address) < 0 && errno == EBADF;
    same &= listen(77, 1) < 0 && errno == EBADF;
    same &= setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, (void *)1, 4) < 0 && errno == EFAULT;
    same &= setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &address, 1) < 0 && errno == EINVAL;
    filter_say(same ? "as Linux has it\n" : "otherwise\n");
    _exit(CHECK_PASSED);
}

/* Two are bound to one address, as the option lets them, and one listens: the other cannot. */
static int play_lost_listen(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(40000)};
    int fds[2], one = 1, i;

    for (i = 0; i < 2; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(fds[i], SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(fds[i], (struct sockaddr *)&address, sizeof address) < 0)
            _exit(CHECK_FAILED);
    }
    if (listen(fds[0], 1) < 0)
        _exit(CHECK_FAILED);
    filter_say(listen(fds[1], 1) < 0 && errno == EADDRINUSE ? "lost\n" : "otherwise\n");
    _exit(CHECK_PASSED);
}

/* By a filter that lets nobody look, also where there is no /proc any more. */
static int play_blind(const char *role)
{
    net_own_namespace();
    if (strstr(role, "no /proc") != NULL && (chdir("/sys") < 0 || chroot(".") < 0))
        return CHECK_SKIPPED;
    filter_confine(strstr(role, "no /proc") != NULL, false, true);
    if (strstr(role, "other") != NULL)
        return play_other_failures();
    return strstr(role, "lost") != NULL ? play_lost_listen() : play_failure();
}

static int play_role(const char *role)
{
    char *argv[] = {(char *)(uintptr_t)run_me(), (char[]){"under a filter"}, NULL};

    if (strcmp(role, "under a filter") == 0)
        return play_failure();
    if (strncmp(role, "blind", 5) == 0)
        return play_blind(role);
    net_own_namespace();
    if (strcmp(role, "other failures") == 0) {
        filter_confine(true, false, true);
        return play_other_failures();
    }
    if (strcmp(role, "lost listen") == 0) {
        filter_confine(true, false, true);
        return play_lost_listen();
    }
    if (strcmp(role, "inherited") != 0) {
        filter_confine(true, false, strcmp(role, "failure") == 0);
        return play_failure();
    }
    filter_confine(true, true, true);
    execv(argv[0], argv);
    return CHECK_FAILED;
}

/* The log is where REUSESHIM_LOG says. */
static struct run_result play_under(const char *policy, const char *role, const char *format,
                                    const char *log)
{
    char first[64], second[600], *extra[] = {first, second, NULL};
    struct run_result plain, run;

    snprintf(first, sizeof first, "REUSESHIM_FORMAT=%s", format);
    snprintf(second, sizeof second, "REUSESHIM_LOG=%s", log);
    plain = run_self(role, extra);
    if (plain.status == CHECK_SKIPPED)
        skip("%s", plain.err);
    CHECK_EQ(plain.status, 0, "%s without the shim: %s", role, plain.err);
    run = run_shimmed(role, policy, extra);
    CHECK(run.status != 128 + SIGSYS,
          "%s under %s: killed for a call that is not the program's: %s", role, policy, run.err);
    CHECK_EQ(run.status, plain.status, "%s under %s: %s", role, policy, run.err);
    CHECK_STR(run.out, plain.out, "what %s sees under %s", role, policy);
    return run;
}

static struct run_result play(const char *role, const char *format, const char *log)
{
    return play_under("explain", role, format, log);
}

static void check_log(const char *role)
{
    char path[512], bytes[8192] = "";
    FILE *file;

    play(role, "json", folder_file(path, sizeof path, role));
    file = fopen(path, "re");
    CHECK(file != NULL && fread(bytes, 1, sizeof bytes - 1, file) > 0, "the log is written");
    CHECK_CONTAINS(bytes, "\"visibility\":\"seccomp\"", "the record");
    fclose(file);
}

/* Under log, and under rules that choose what is logged, every call is told. */
static void check_logged(void)
{
    static const char *const policies[] = {"log", "udp=off;tcp:40000=log;any=explain"};
    static const char *const roles[] = {"failure", "inherited", "lost listen", "other failures"};

    for (size_t p = 0; p < sizeof policies / sizeof *policies; p++)
        for (size_t r = 0; r < sizeof roles / sizeof *roles; r++) {
            struct run_result run = play_under(policies[p], roles[r], "json", "stderr");

            if (r < 3)
                CHECK_CONTAINS(run.err, "\"event\":\"bind\"", "records of %s", roles[r]);
            if (r < 3)
                CHECK_CONTAINS(run.err, "\"visibility\":\"seccomp\"", "records of %s", roles[r]);
        }
}

static void check_blind(void)
{
    static const char *const roles[] = {"blind failure", "blind other failures",
                                        "blind lost listen"};
    char path[512];

    for (size_t r = 0; r < sizeof roles / sizeof *roles; r++) {
        CHECK_STR(play_under("explain", roles[r], "text", "stderr").err, "", "%s", roles[r]);
        play_under("log", roles[r], "json", "stderr");
        play_under("log", roles[r], "json", folder_file(path, sizeof path, "blind"));
    }
    play("blind failure without /proc: no /proc", "text", "stderr");
}

int main(int argc, char **argv)
{
    struct run_result run;

    if (argc > 1)
        return play_role(argv[1]);
    run = play("failure", "json", "stderr");
    CHECK_CONTAINS(run.err, "\"visibility\":\"seccomp\"", "the record");
    CHECK_CONTAINS(run.err, "\"reason\":\"bound-twice\"", "the record");
    run = play("failure", "text", "stderr");
    CHECK_CONTAINS(run.err, "system call filter", "the explanation");
    run = play("refusing filter", "json", "stderr");
    CHECK_CONTAINS(run.err, "\"visibility\":\"seccomp\"", "the record");
    run = play("inherited", "json", "stderr");
    CHECK_CONTAINS(run.err, "\"visibility\":\"seccomp\"", "the record");
    run = play("other failures", "json", "stderr");
    CHECK_EQ(told_lines(run.err, ""), 1, "one failure is of an address, no other is told: %s",
             run.err);
    CHECK_CONTAINS(run.err, "\"reason\":\"not-local\"", "the record");
    CHECK_CONTAINS(run.err, "\"visibility\":\"seccomp\"", "the record");
    run = play("lost listen", "json", "stderr");
    CHECK_CONTAINS(run.err, "\"reason\":\"lost-listen\"", "the record");
    CHECK_CONTAINS(run.err, "\"address\":\"0.0.0.0\",\"port\":40000", "the record");
    CHECK_CONTAINS(run.err, "\"visibility\":\"seccomp\"", "the record");
    check_logged();
    check_blind();
    check_log("inherited");
    check_log("inherited"); /* a log that is there already */
    check_log("failure");
    check_log("refusing filter");
    return CHECK_PASSED;
}

/* Under a seccomp filter that kills a process for any call that it does not make without the shim,
 * calls that work add nothing: not the first ones of a new place in the program, not those of a
 * child, not those that are misuse, nor the end by exit(); with the history and without. And the
 * history tells of all of them. */
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "filter.h"
#include "folder.h"
#include "net.h"
#include "run.h"
#include "told.h"

/* From another place of the program, deeper each time. */
__attribute__((noinline)) static int further_down(int depth, struct sockaddr_in *address)
{
    volatile int fd = depth > 0 ? further_down(depth - 1, address) : filter_listen_at(address, 0);

    return fd;
}

static int play_calls(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    filter_confine(false, false, true);
    for (int depth = 0; depth < 20; depth++) {
        close(further_down(depth, &address));
    }
    filter_say("twenty worked\n");
    _exit(CHECK_PASSED);
}

/* The calls that work all add nothing: a child binds by itself, and the option is set too late. */
static int play_childs_calls(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd, one = 1, status;
    pid_t child = fork();

    if (child == 0) {
        filter_confine(false, false, true);
        close(further_down(3, &address));
        fd = filter_listen_at(&address, 41001);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        filter_say("the child's worked\n");
        exit(CHECK_PASSED); /* which runs destructors */
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status)
                                                                    : 128 + WTERMSIG(status);
}

/* What is wrong with the order of its calls is not told: telling takes calls. */
static int play_misuse(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(40000)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), other = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    filter_confine(false, false, true);
    setsockopt(other, IPPROTO_IP, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        _exit(CHECK_FAILED);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    address.sin_port = htons(40001);
    if (bind(other, (struct sockaddr *)&address, sizeof address) < 0 || listen(other, 1) < 0)
        _exit(CHECK_FAILED);
    filter_say("worked\n");
    exit(CHECK_PASSED);
}

/* A filter that was refused is none: a child's bind is remembered as ever. */
static int play_refused(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    pid_t child;
    int status;

    CHECK_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL), -1, "no filter");
    child = fork();
    if (child == 0) {
        filter_listen_at(&address, 41002);
        exit(CHECK_PASSED);
    }
    return waitpid(child, &status, 0) == child ? status : CHECK_FAILED;
}

static int play_role(const char *role)
{
    net_own_namespace();
    if (strcmp(role, "calls") == 0)
        return play_calls();
    if (strcmp(role, "refused filter") == 0)
        return play_refused();
    return strcmp(role, "misuse") == 0 ? play_misuse() : play_childs_calls();
}

static char history[400];

/* Nobody can tell that the shim is there. */
static void check_role(const char *role)
{
    char setting[512], *extra[] = {setting, NULL};
    struct run_result plain = run_self(role, NULL), run;

    if (plain.status == CHECK_SKIPPED)
        skip("%s", plain.err);
    CHECK_EQ(plain.status, 0, "%s without the shim: %s", role, plain.err);
    snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=%s", history);
    run = run_shimmed(role, "explain", extra);
    CHECK(run.status != 128 + SIGSYS, "%s: killed for a call that is not the program's", role);
    CHECK_EQ(run.status, 0, "%s: %s", role, run.err);
    CHECK_STR(run.out, plain.out, "what %s see", role);
    CHECK_STR(run.err, "", "stderr of %s", role);
}

static void check_roles(void)
{
    check_role("calls");
    check_role("child's calls");
    check_role("misuse");
    check_role("refused filter");
}

/* What `reuseshim list` tells of a port. */
static const char *remembered(const char *port, const char *form)
{
    static struct run_result result;
    char setting[512], *extra[] = {setting, NULL};
    char *argv[] = {(char *)(uintptr_t)run_command(), (char[]){"list"}, (char[]){"--port"},
                    (char *)(uintptr_t)port, (char *)(uintptr_t)form, NULL};

    snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=%s", history);
    result = run_program(argv, extra);
    CHECK_EQ(result.status, 0, "list: %s", result.err);
    return result.out;
}

static void check_history(void)
{
    folder_file(history, sizeof history, "history");
    check_roles();
    CHECK_EQ(told_lines(remembered("0", NULL), "filter_listen_at+0x"), 16 + 1,
             "all are remembered that have room, and their places");
    CHECK_CONTAINS(remembered("0", "--json"), "\"symbol\":\"further_down\"", "the whole stack");
    CHECK_CONTAINS(remembered("40001", NULL), "main+0x", "where it was bound");
    CHECK_CONTAINS(remembered("41001", NULL), "filter_listen_at+0x", "where a child bound it");
    CHECK_CONTAINS(remembered("41001", NULL), "ended just now", "that it has called exit()");
    CHECK_CONTAINS(remembered("41002", NULL), "filter_listen_at+0x", "without a filter, as ever");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play_role(argv[1]);
    snprintf(history, sizeof history, "off");
    check_roles();
    check_history();
    return CHECK_PASSED;
}

/* A program that ends by exit() with a failure after a bind that failed has one more line on
 * standard error, behind all of its own: what failed, who has the address, the fix. There is none
 * after success, _exit(), a signal, a bind of that address that worked at last, in a child of fork,
 * and where the log is elsewhere or JSON. The exit code is the program's. */
#include "check.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char address[] = "127.0.0.1";

static int play(const char *role)
{
    int fd = net_tcp(address), result = net_bind(fd, address, 8080), status = 3;

    if (strncmp(role, "child", 5) == 0 && fork() == 0)
        exit(4);
    while (wait(NULL) > 0)
        ;
    if (strcmp(role, "other port") == 0)
        CHECK_RESULT(net_bind(net_tcp(address), address, 8081), 0, "another port");
    if (strcmp(role, "same port") == 0)
        CHECK_RESULT(net_bind(net_tcp("127.0.0.2"), "127.0.0.2", 8080), 0, "the port at last");
    fprintf(stderr, "the program's own words: %d\n", result);
    if (strcmp(role, "_exit") == 0)
        _exit(status);
    if (strcmp(role, "signal") == 0)
        raise(SIGKILL);
    exit(strcmp(role, "success") == 0 ? 0 : status);
}

static void check(const char *role, char *const extra[], int status, bool has_last_word)
{
    struct run_result run = run_shimmed(role, "explain", extra);
    const char *own = strstr(run.err, "the program's own words"), *last;

    CHECK_EQ(run.status, status, "%s: its own exit code: %s", role, run.err);
    CHECK(own != NULL, "%s: its own words: %s", role, run.err);
    last = strchr(own, '\n') + 1;
    if (!has_last_word) {
        CHECK_STR(last, "", "%s: nothing behind its own words", role);
        return;
    }
    CHECK_EQ(told_lines(last, ""), 1, "%s: one line: %s", role, last);
    CHECK(strncmp(last, "reuseshim: the_last", 19) == 0, "%s: what failed: %s", role, last);
    CHECK_CONTAINS(last, "[listening]; fix: ", "the reason, and the fix");
}

int main(int argc, char **argv)
{
    char *const json[] = {(char *)(size_t)"REUSESHIM_FORMAT=json", NULL};
    char *const elsewhere[] = {(char *)(size_t)"REUSESHIM_LOG=/dev/null", NULL};

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    net_listener(address, 8080, 0, 0);
    check("fails", NULL, 3, true);
    check("other port", NULL, 3, true);
    check("child", NULL, 3, true);
    check("same port", NULL, 3, false);
    check("success", NULL, 0, false);
    check("_exit", NULL, 3, false);
    check("signal", NULL, 128 + SIGKILL, false);
    check("fails", json, 3, false);
    check("fails", elsewhere, 3, false);
    return 0;
}

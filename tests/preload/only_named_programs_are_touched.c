/* REUSESHIM_ONLY: programs whose name matches one of its globs are served; all others in the same
 * process tree are left wholly alone: nothing is forced, nothing told, not even a bad setting. */
#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char address[] = "127.0.0.1";

/* One bind that a policy can force, and one that is refused. */
static int play(void)
{
    int forced = net_tcp(address), refused = net_tcp(address), option, result;

    CHECK_RESULT(net_bind(forced, address, 8081), 0, "bind");
    option = net_get(forced, SOL_SOCKET, SO_REUSEADDR) != 0;
    result = net_bind(refused, address, 8080);
    run_say("%d %d", option, result);
    close(forced);
    close(refused);
    return 0;
}

/* The parent is one program, the child another: this file under a second name. */
static int play_tree(const char *child)
{
    pid_t pid;
    int status;

    play();
    pid = fork();
    if (pid == 0) {
        execl(child, child, "play", (char *)NULL);
        _exit(127);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0, "the child");
    return 0;
}

static struct run_result run_only(const char *role, const char *only, const char *policy)
{
    char variable[256];
    char *const extra[] = {variable, NULL};

    snprintf(variable, sizeof variable, "REUSESHIM_ONLY=%s", only);
    return run_shimmed(role, policy, extra);
}

static void check(const char *only, bool served)
{
    struct run_result run = run_only("play", only, "force");

    CHECK_STR(run.out, served ? "1 -98\n" : "0 -98\n", "with REUSESHIM_ONLY=%s", only);
    CHECK_EQ(told_lines(run.err, " cannot bind "), served, "explained, with %s: %s", only, run.err);
    if (!served)
        CHECK_STR(run.err, "", "nothing at all, with %s", only);
}

static void check_tree(const char *other)
{
    struct run_result run = run_only(other, "other*", "force");

    CHECK_STR(run.out, "0 -98\n1 -98\n", "only the child is served: %s", run.err);
    CHECK_EQ(told_lines(run.err, " cannot bind "), 1, "only the child's failure is told: %s",
             run.err);
    CHECK_CONTAINS(run.err, "reuseshim: other_na", "by its name");
    run = run_only(other, "only_named*", "force");
    CHECK_STR(run.out, "1 -98\n0 -98\n", "only the parent is served: %s", run.err);
}

int main(int argc, char **argv)
{
    char other[PATH_MAX];
    struct run_result run;

    if (argc > 1)
        return argv[1][0] == '/' ? play_tree(argv[1]) : play();
    net_own_namespace();
    net_listener(address, 8080, 0, 0);

    check("only_named_programs_are_touched", true);
    check("only_*", true);
    check("*", true);
    check("nginx, only_named_programs_are_touche?", true);
    check("", true);
    check("nginx", false);
    check("only_named", false);
    check("ONLY_*,touched", false);
    run = run_only("play", "nginx", "no such policy");
    CHECK_STR(run.err, "", "not even a bad setting is told of: %s", run.err);

    folder_file(other, sizeof other, "other_name");
    CHECK(symlink(run_me(), other) == 0, "%s: %s", other, check_errno_name(errno));
    check_tree(other);
    return 0;
}

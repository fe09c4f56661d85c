/* A child of fork has a file of its own from its first bind on; a socket bound before and
 * listening after the fork is one bind that listens; an exec begins a new file; a child of vfork
 * does no harm, nor does one of a clone with shared memory: neither gives its name to its parent's
 * binds. */
#include <signal.h>
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
#include "told.h"

static const char address[] = "127.0.0.1";
static char folder[400];
static char setting[512];
static char *const extra[] = {setting, NULL};

static int bound(int port)
{
    int fd = net_tcp(address);

    CHECK_RESULT(net_bind(fd, address, port), 0, "bind %d", port);
    return fd;
}

static void wait_for(pid_t child)
{
    int status = 1;

    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0, "the child: %d", status);
}

static void forks(void)
{
    int before = bound(8001);
    pid_t child = fork();

    if (child == 0) {
        pid_t grandchild;

        CHECK_RESULT(net_listen(before), 0, "the child listens on what its parent bound");
        bound(8002);
        grandchild = fork();
        if (grandchild == 0) {
            bound(8003);
            exit(0); /* not of its parent: that one is not to be taken for ended */
        }
        wait_for(grandchild);
        bound(8004);
        _exit(0);
    }
    wait_for(child);
    bound(8005);
}

static void execs(void)
{
    bound(8011);
    execl(run_me(), run_me(), "executed", (char *)NULL);
    _exit(1);
}

static void vforks(void)
{
    int fd;
    pid_t child;

    bound(8021);
    fd = net_tcp(address);
    child = vfork();
    if (child == 0) {
        net_bind(fd, address, 8022);
        _exit(0);
    }
    wait_for(child);
    bound(8023);
}

/* exit() in a child of vfork runs its parent's destructors, which is wrong of it, and happens. */
static void vfork_exits(void)
{
    pid_t child;

    bound(8031);
    child = vfork();
    if (child == 0)
        exit(0);
    wait_for(child);
    _exit(0);
}

/* The child's is the first bind of all. */
static void vforks_first(void)
{
    int fd = net_tcp(address);
    pid_t child = vfork();

    if (child == 0) {
        net_bind(fd, address, 8041);
        _exit(0);
    }
    wait_for(child);
    bound(8042);
    run_say("%d", (int)getpid());
}

static int bind_and_end(void *unused)
{
    (void)unused;
    bound(8051);
    return 0;
}

int clone(int (*body)(void *), void *stack, int flags, void *argument, ...);

static void clones_first(void)
{
    static _Alignas(16) char stack[256 * 1024];

    wait_for(clone(bind_and_end, stack + sizeof stack, 0x100 /* CLONE_VM */ | SIGCHLD, NULL));
    bound(8052);
    run_say("%d", (int)getpid());
}

static int play(const char *role)
{
    if (strcmp(role, "forks") == 0)
        forks();
    else if (strcmp(role, "execs") == 0)
        execs();
    else if (strcmp(role, "executed") == 0)
        bound(8012);
    else if (strcmp(role, "vfork exits") == 0)
        vfork_exits();
    else if (strcmp(role, "vforks-first") == 0)
        vforks_first();
    else if (strcmp(role, "clones-first") == 0)
        clones_first();
    else
        vforks();
    return 0;
}

static const char *list(int port)
{
    static struct run_result result;
    char number[16];
    char *const argv[] = {(char *)(size_t)run_command(), (char *)(size_t)"list",
                          (char *)(size_t)"--json",      (char *)(size_t)"--port",
                          number,                        NULL};

    snprintf(number, sizeof number, "%d", port);
    result = run_program(argv, extra);
    CHECK_EQ(result.status, 0, "list: %s", result.err);
    CHECK_STR(result.err, "", "nothing to complain about");
    return result.out;
}

static long pid_of(int port)
{
    const char *record = list(port);

    CHECK_EQ(told_lines(record, ""), 1, "one bind of port %d: %s", port, record);
    return json_number_at(record, "pid", -1);
}

static int files(void)
{
    char command[600];
    FILE *pipe_end;
    int count = -1;

    snprintf(command, sizeof command, "ls %s | wc -l", folder);
    pipe_end = popen(command, "r");
    CHECK(pipe_end != NULL && fscanf(pipe_end, "%d", &count) == 1, "%s", command);
    pclose(pipe_end);
    return count;
}

/* Returns what it said. */
static const char *run_role(const char *role)
{
    static struct run_result result;

    folder_file(folder, sizeof folder, role);
    snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=%s", folder);
    result = run_shimmed(role, NULL, extra);
    CHECK_EQ(result.status, 0, "%s: %s", role, result.err);
    CHECK_STR(result.err, "", "%s says nothing", role);
    return result.out;
}

/* Of a child that binds before its parent, where the C library tells the two apart. */
static void guests(void)
{
#ifdef __GLIBC__
    long parent = atol(run_role("vforks-first"));

    CHECK_EQ(pid_of(8042), parent, "the parent's bind is the parent's");
    CHECK_EQ(told_lines(list(8041), ""), 0, "its guest's is nobody's");
    CHECK_EQ(files(), 1, "one file");
    parent = atol(run_role("clones-first"));
    CHECK_EQ(pid_of(8052), parent, "the parent's bind is the parent's");
    CHECK_EQ(told_lines(list(8051), ""), 0, "its guest's is nobody's");
#endif
}

int main(int argc, char **argv)
{
    long parent, child, grandchild;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    run_role("forks");
    CHECK_EQ(files(), 3, "parent, child and grandchild have a file each");
    parent = pid_of(8001);
    child = pid_of(8002);
    grandchild = pid_of(8003);
    CHECK(parent != child && child != grandchild && parent != grandchild, "three processes");
    CHECK_EQ(pid_of(8004), child, "the child goes on in its own file");
    CHECK_EQ(pid_of(8005), parent, "the parent in its own");
    CHECK(strcmp(json_at(list(8001), "listened_at"), "null") != 0,
          "what the child made listen is the parent's bind");
    CHECK_STR(json_at(list(8002), "listened_at"), "null", "the other never listened");
    CHECK(strcmp(json_at(list(8003), "ended_at"), "null") != 0, "the grandchild ended by exit()");
    CHECK_STR(json_at(list(8004), "ended_at"), "null", "the child by _exit(): when is not known");

    run_role("execs");
    CHECK_EQ(files(), 2, "a file before exec and one after");
    CHECK_EQ(pid_of(8011), pid_of(8012), "of one process");

    run_role("vforks");
    CHECK_EQ(files(), 1, "the child of vfork has none");
    CHECK_EQ(pid_of(8021), pid_of(8023), "and its parent's is as it should be");
    pid_of(8022);

    run_role("vfork exits");
    CHECK_STR(json_at(list(8031), "state"), "ended", "it is gone");
    CHECK_STR(json_at(list(8031), "ended_at"), "null", "not when its child was");

    guests();
    return 0;
}

/* A port is held by a program that never bound it: it is told from whom it has the socket. A
 * program that bound the port itself, unseen, under the same number, is not said to have it from
 * anybody; nor is one that got it from such a program. And a port that another program took after
 * we had closed it is told as such. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"
#include "told.h"

static const char address[] = "127.0.0.1";
static char setting[512];
static char *const extra[] = {setting, (char *)(size_t)"REUSESHIM_VERBOSE=1", NULL};

__attribute__((noinline)) int open_listener(int port);

int open_listener(int port)
{
    int fd = net_tcp(address);

    net_reuseaddr(fd, 1);
    CHECK_RESULT(net_bind(fd, address, port), 0, "bind");
    CHECK_RESULT(net_listen(fd), 0, "listen");
    return fd;
}

/* Starts sleep with the listener open, and ends. */
static void leaves_sleep(void)
{
    int fd = open_listener(8001);
    pid_t pid;

    fcntl(fd, F_SETFD, 0);
    pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        execlp("sleep", "sleep", "30", (char *)NULL);
        _exit(1);
    }
    setpgid(pid, pid); /* or it would be ended with us */
    run_say("%d", (int)pid);
}

/* As inetd does: the listener is the program's standard input. And it is no child of the shim's:
 * nothing but the socket itself tells whose it was. */
static void leaves_sleep_unseen(void)
{
    int fd = open_listener(8003);
    pid_t pid;

    pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        dup2(fd, 0);
        close(fd);
        execle("/bin/sleep", "sleep", "30", (char *)NULL, (char *[]){NULL});
        _exit(1);
    }
    setpgid(pid, pid);
    run_say("%d", (int)pid);
}

static void tries(int port)
{
    int fd = net_tcp(address);

    CHECK_RESULT(net_bind(fd, address, port), -98, "bind");
}

__attribute__((noinline)) void holds(int port);

void holds(int port)
{
    open_listener(port);
    run_say("%d", port);
    run_until_stopped();
}

/* Binds, closes, lets another take it, and tries again. */
static void loses(const char *role, int port, bool shimmed)
{
    int fd = open_listener(port);
    struct run_child other;

    close(fd);
    other = shimmed ? run_start_shimmed(role, NULL, extra) : run_start_self(role, NULL);
    run_number(&other);
    tries(port);
    run_stop(&other);
}

/* Two binds from one place, if the loop is not unrolled: of the second no cookie is noted. */
static void binds_two(void)
{
    for (volatile int port = 8004; port <= 8005; port++)
        open_listener(port);
}

/* As a daemon does, of what it bound in a loop; when it ends nobody notes. */
static void goes_on(void)
{
    pid_t pid;

    binds_two();
    pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        sleep(30);
        _exit(0);
    }
    setpgid(pid, pid);
    run_say("%d", (int)pid);
    _exit(0);
}

/* As socket activation does it: binds what the role above had, to the same numbers, and makes a
 * program under the shim of itself. */
static void activates(void)
{
    char preload[512];
    char *environment[] = {preload, setting, NULL};

    binds_two();
    for (int fd = 3; fd < 32; fd++)
        fcntl(fd, F_SETFD, 0);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", run_library());
    execle(run_me(), run_me(), "serves", (char *)NULL, environment);
    _exit(1);
}

static int play(const char *role)
{
    if (getenv("REUSESHIM_HISTORY") != NULL)
        snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=%s", getenv("REUSESHIM_HISTORY"));
    if (strcmp(role, "leaves sleep") == 0)
        leaves_sleep();
    else if (strcmp(role, "leaves sleep unseen") == 0)
        leaves_sleep_unseen();
    else if (strcmp(role, "binds two") == 0)
        binds_two();
    else if (strcmp(role, "goes on") == 0)
        goes_on();
    else if (strcmp(role, "activates") == 0)
        activates();
    else if (strcmp(role, "serves") == 0) {
        run_say("0");
        run_until_stopped();
    } else if (strcmp(role, "tries 8005") == 0)
        tries(8005);
    else if (strcmp(role, "tries 8001") == 0)
        tries(8001);
    else if (strcmp(role, "tries 8003") == 0)
        tries(8003);
    else if (strcmp(role, "holds 8002") == 0)
        holds(8002);
    else if (strcmp(role, "loses unseen") == 0)
        loses("holds 8002", 8002, false);
    else if (strcmp(role, "loses seen") == 0)
        loses("holds 8002", 8002, true);
    return 0;
}

static bool is_sleep(void *pid)
{
    char path[64], name[16] = "";
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/comm", *(int *)pid);
    file = fopen(path, "re");
    if (file == NULL || fgets(name, sizeof name, file) == NULL)
        name[0] = '\0';
    if (file != NULL)
        fclose(file);
    return strcmp(name, "sleep\n") == 0;
}

static bool is_gone(void *pid)
{
    return kill(*(int *)pid, 0) != 0;
}

static void handed_down(void)
{
    struct run_child server = run_start_shimmed("leaves sleep", NULL, extra);
    int sleeper = run_number(&server);
    struct run_result result;
    char name[64];

    CHECK_EQ(run_stop(&server), 0, "the server has ended");
    CHECK(wait_until(is_sleep, &sleeper, 5000), "sleep has been started");
    result = run_shimmed("tries 8001", NULL, extra);
    kill(sleeper, SIGKILL);
    CHECK_EQ(result.status, 0, "%s", result.err);
    snprintf(name, sizeof name, "sleep[%d]", sleeper);
    CHECK_CONTAINS(told_unfolded(result.err), name, "who has it now");
    CHECK_CONTAINS(told_unfolded(result.err), "without close-on-exec", "how it came to it");
    CHECK_CONTAINS(told_unfolded(result.err), "open_listener+0x", "where it was bound");
    CHECK_CONTAINS(told_line(told_unfolded(result.err), "  held ", 0), ", bound by ",
                   "what became of the binder");
}

/* By its cookie: it has another number, and its process no shim that would remember a bind. */
static void handed_down_unseen(void)
{
    struct run_child server = run_start_shimmed("leaves sleep unseen", NULL, extra);
    int sleeper = run_number(&server);
    struct run_result result;

    CHECK_EQ(run_stop(&server), 0, "the server has ended");
    CHECK(wait_until(is_sleep, &sleeper, 5000), "sleep has been started");
    result = run_shimmed("tries 8003", NULL, extra);
    kill(sleeper, SIGKILL);
    CHECK_EQ(result.status, 0, "%s", result.err);
    CHECK_CONTAINS(told_unfolded(result.err), " fd 0, LISTEN ", "who has it now");
    CHECK_CONTAINS(told_unfolded(result.err), " bound it, and has ended.", "who had bound it");
    CHECK_CONTAINS(told_unfolded(result.err), "open_listener+0x", "where it was bound");
}

/* What its parent bound and it has still was not taken from that parent, though it is gone. */
static void gone_on_with(void)
{
    struct run_child server = run_start_shimmed("goes on", NULL, extra);
    int heir = run_number(&server);
    struct run_result result;
    char name[64];

    CHECK_EQ(run_stop(&server), 0, "the parent has ended");
    result = run_shimmed("tries 8005", NULL, extra);
    kill(heir, SIGKILL);
    CHECK_EQ(result.status, 0, "%s", result.err);
    snprintf(name, sizeof name, "[%d]", heir);
    CHECK_CONTAINS(told_line(told_unfolded(result.err), "  held ", 0), name, "who has it now");
    CHECK_LACKS(told_unfolded(result.err), "had it before", "nobody has lost it");
    CHECK(wait_until(is_gone, &heir, 5000), "it is gone");
}

/* The heir of somebody unseen was started when the process of that bind was gone already. */
static void activated_by_another(void)
{
    struct run_result result = run_shimmed("binds two", NULL, extra);
    struct run_child server;

    CHECK_EQ(result.status, 0, "%s", result.err);
    usleep(30000); /* times of start and end are told in steps of 10 ms */
    server = run_start_self("activates", extra);
    run_number(&server);
    result = run_shimmed("tries 8005", NULL, extra);
    CHECK_EQ(run_stop(&server), 0, "it served");
    CHECK_EQ(result.status, 0, "%s", result.err);
    CHECK_CONTAINS(told_unfolded(result.err), "[listening]", "it is taken");
    CHECK_LACKS(told_unfolded(result.err), "It has the socket since",
                "but was handed down by nobody that is known");
    CHECK_LACKS(told_unfolded(result.err), "binds_two+0x", "nor bound by the process before");
}

int main(int argc, char **argv)
{
    char *const as_json[] = {setting, (char *)(size_t)"REUSESHIM_FORMAT=json", NULL};
    struct run_result result;
    char path[400];

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    folder_file(path, sizeof path, "history");
    snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=%s", path);
    handed_down();
    handed_down_unseen();
    gone_on_with();
    activated_by_another();

    result = run_shimmed("loses seen", NULL, extra);
    CHECK_EQ(result.status, 0, "%s", result.err);
    CHECK_CONTAINS(told_unfolded(result.err), "This process bound the address itself",
                   "it is told whose it was");
    CHECK_CONTAINS(told_unfolded(result.err), "holds+0x", "where the taker bound it");
    CHECK_CONTAINS(told_line(told_unfolded(result.err), "  held ", 0), "SO_REUSEADDR 1",
                   "with which option");

    result = run_shimmed("loses seen", NULL, as_json);
    CHECK_EQ(result.status, 0, "%s", result.err);
    CHECK_CONTAINS(told_unfolded(result.err), "\"had_before\":{\"pid\":", "and in JSON");

    result = run_shimmed("loses unseen", NULL, extra);
    CHECK_EQ(result.status, 0, "%s", result.err);
    CHECK_CONTAINS(told_unfolded(result.err), "[listening]", "it is taken");
    CHECK_LACKS(told_unfolded(result.err), "without close-on-exec",
                "but was handed down by nobody");
    CHECK_LACKS(told_unfolded(result.err), " forked it", "but was handed down by nobody");
    return 0;
}

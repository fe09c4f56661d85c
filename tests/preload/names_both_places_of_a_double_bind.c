/* One program that claims a port in two places is told both, by function, whatever became of the
 * first descriptor: moved by dup, inherited by a child, or followed by another socket that took
 * its number. The stack that is told is always the one of the socket that holds the port. */
#include "check.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char address[] = "127.0.0.1";

__attribute__((noinline)) int first_place(int port);
__attribute__((noinline)) int second_place(int port);
__attribute__((noinline)) int other_place(int port);

int first_place(int port)
{
    int fd = net_tcp(address);

    CHECK_RESULT(net_bind(fd, address, port), 0, "the first bind");
    CHECK_RESULT(net_listen(fd), 0, "the first listen");
    return fd;
}

int other_place(int port)
{
    int fd = net_tcp(address);

    CHECK_RESULT(net_bind(fd, address, port), 0, "a bind of another port");
    return fd;
}

int second_place(int port)
{
    int fd = net_tcp(address);

    CHECK_RESULT(net_bind(fd, address, port), -98, "the second bind");
    return fd;
}

static void with_the_same_descriptor(void)
{
    first_place(8080);
    second_place(8080);
}

static void after_dup(void)
{
    int fd = first_place(8080), moved = dup(fd);

    CHECK(moved >= 0, "dup");
    close(fd);
    CHECK_EQ(other_place(8081), fd, "another socket gets the number");
    second_place(8080);
}

static void in_a_child(void)
{
    pid_t child;
    int status;

    first_place(8080);
    child = fork();
    if (child == 0) {
        second_place(8080);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0, "the child");
}

static void in_the_parent(void)
{
    int fd = first_place(8080);
    int pipe_ends[2];
    pid_t child;
    char byte;

    CHECK(pipe(pipe_ends) == 0, "pipe");
    child = fork();
    if (child == 0) {
        close(pipe_ends[1]);
        _exit(read(pipe_ends[0], &byte, 1) != 0);
    }
    close(fd); /* only the child has the listener now */
    close(pipe_ends[0]);
    second_place(8080);
    close(pipe_ends[1]);
    waitpid(child, NULL, 0);
}

/* The number of a closed listener is taken by a socket of another port: nothing of the old entry
 * may be told about the new holder, which is in another process. */
static void after_the_number_was_reused(void)
{
    int fd = first_place(8080), taken;
    struct run_child other;

    close(fd);
    taken = other_place(8081);
    CHECK_EQ(taken, fd, "another socket gets the number");
    other = run_start_self("hold", NULL);
    CHECK_EQ(run_number(&other), 8080, "the port of the other process");
    second_place(8080);
    run_stop(&other);
}

static int play(const char *role)
{
    static const struct {
        const char *role;
        void (*play)(void);
    } roles[] = {
        {"same descriptor", with_the_same_descriptor},
        {"dup", after_dup},
        {"child", in_a_child},
        {"parent", in_the_parent},
        {"reused", after_the_number_was_reused},
    };
    size_t i;

    if (strcmp(role, "hold") == 0) {
        run_say("%d", net_port(first_place(8080)));
        run_until_stopped();
        return 0;
    }
    for (i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(role, roles[i].role) == 0)
            roles[i].play();
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const twice[] = {"same descriptor", "dup", "child", "parent"};
    struct run_result result;
    size_t i;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    for (i = 0; i < sizeof twice / sizeof *twice; i++) {
        result = run_shimmed(twice[i], "explain", NULL);
        CHECK_EQ(result.status, 0, "%s: %s", twice[i], result.err);
        CHECK_CONTAINS(told_unfolded(result.err), "[bound-twice]", "%s", twice[i]);
        CHECK_CONTAINS(told_unfolded(result.err), "second_place+0x", "%s: the place that failed",
                       twice[i]);
        CHECK_CONTAINS(told_unfolded(result.err), "first_place+0x", "%s: the place that has it",
                       twice[i]);
        CHECK_LACKS(result.err, "other_place+0x", "%s: a place that has nothing to do with it",
                    twice[i]);
    }
    result = run_shimmed("reused", "explain", NULL);
    CHECK_EQ(result.status, 0, "reused: %s", result.err);
    CHECK_CONTAINS(told_unfolded(result.err), "[listening]", "another process holds it");
    CHECK_LACKS(result.err, "first_place+0x", "the closed socket's stack must not be told");
    CHECK_LACKS(result.err, "other_place+0x", "nor that of the number's new socket");
    return 0;
}

/* A child of fork can go on in its parent's file without a system call: what it binds is its own,
 * with its number and its end. The newest children are known; of those given up for them nothing is
 * told. A number that was given to another process since is not taken for the child's. */
#include <sys/wait.h>

#include "binds.h"

static struct binds binds;

/* Returns the child's number. */
static pid_t bind_in_child(uint16_t port, bool ends_by_exit)
{
    struct endpoint inet = binds_inet(port);
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        CHECK(history_wants_opening(), "it has no file yet");
        CHECK(history_may_join((int32_t)getpid()), "there is one to go on in");
        CHECK(history_wants_opening(), "it has none yet");
        history_join();
        CHECK(history_is_open(), "now it has");
        binds_make(5, &inet, true, NULL, sys_realtime_us());
        if (ends_by_exit)
            history_end();
        _exit(0);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, "the child");
    return pid;
}

static size_t bind_of(uint16_t port)
{
    size_t i;

    binds_look(&binds);
    for (i = 0; i < binds.count; i++)
        if (binds.list[i].local.port == port)
            return i;
    return BINDS_MAX;
}

static void check_child(uint16_t port, pid_t pid, bool ended_by_exit)
{
    size_t at = bind_of(port);

    CHECK(at < binds.count, "the bind of port %u is there", port);
    CHECK_EQ(binds.binders[at].pid, pid, "it is the child's");
    CHECK_EQ(binds.binders[at].lives, ANSWER_NO, "who is gone");
    CHECK_EQ(binds.binders[at].ended_us > 0, ended_by_exit, "since when");
    CHECK_EQ(binds.binders[at].found_dead_us > 0, !ended_by_exit, "or when that was seen");
}

static void not_mistaken_for_another(void)
{
    struct endpoint inet = binds_inet(7003);
    pid_t child = fork();
    size_t at;

    if (child == 0) {
        CHECK(history_may_join((int32_t)getppid()), "the number of another");
        history_join();
        binds_make(5, &inet, true, NULL, 1000000); /* long before that one was born */
        _exit(0);
    }
    waitpid(child, NULL, 0);
    at = bind_of(7003);
    CHECK(at < binds.count, "the bind is there");
    CHECK_EQ(binds.binders[at].lives, ANSWER_NO, "who has the number now was born later");
}

static void in_doubt_nothing(void)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        CHECK(history_wants_opening(), "a child that did not say so in time");
        history_join();
        CHECK(!history_is_open(), "remembers nothing");
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0, "the child");
}

int main(void)
{
    struct endpoint inet = binds_inet(7000);
    pid_t first, second;
    int i;

    history_folder(1);
    history_init();
    CHECK(!history_may_join((int32_t)getpid()), "no ancestor has a file");
    binds_open(&binds_limits);
    binds_make(4, &inet, true, NULL, sys_realtime_us());
    first = bind_in_child(7001, true);
    second = bind_in_child(7002, false);
    CHECK_EQ(history_files(), 1, "one file");
    check_child(7001, first, true);
    check_child(7002, second, false);
    CHECK_EQ(binds.binders[bind_of(7000)].pid, getpid(), "the parent's own is his");
    CHECK_EQ(binds.binders[bind_of(7000)].lives, ANSWER_YES, "and he lives");
    not_mistaken_for_another();
    in_doubt_nothing();
    for (i = 0; i < HISTORY_CHILDREN_MAX; i++)
        second = bind_in_child((uint16_t)(7100 + i), true);
    CHECK_EQ(bind_of(7001), BINDS_MAX, "whose the oldest was is not known any more");
    check_child(7100 + HISTORY_CHILDREN_MAX - 1, second, true);
    CHECK_EQ(history_files(), 1, "still one file");
    return CHECK_PASSED;
}

/* owner_find(): of the processes with a descriptor of a socket the one that is nearest to the
 * viewer is the owner, a parent goes before its child among strangers, the rest is counted. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys.h"
#include "check.h"
#include "net.h"
#include "one_holder.h"
#include "run.h"

static uint32_t limits;

/* Finds the owner of the one socket of the port, as seen from process `viewer`. */
static const struct owner *look(int port, pid_t viewer)
{
    for (int turn = 0; turn < 50; turn++) { /* a busy machine may use up the budget */
        limits = holder_find(PROTOCOL_TCP, port, viewer);
        if (holder.owner.others_complete)
            break;
    }
    CHECK_EQ(limits, 0, "limits");
    CHECK(holder.owner.others_complete, "every process was looked at");
    return &holder.owner;
}

static void check_owner(int port, pid_t viewer, enum relation relation, pid_t pid,
                        unsigned int others, const char *what)
{
    const struct owner *owner = look(port, viewer);

    CHECK_STR(relation_name(owner->relation), relation_name(relation), "%s", what);
    CHECK_EQ(owner->pid, pid, "pid, %s", what);
    CHECK_EQ(owner->others, others, "others, %s", what);
    for (unsigned int i = 0; i < others; i++)
        CHECK(owner->other_pids[i] > 0 && owner->other_pids[i] != pid, "they are named, %s", what);
    CHECK_EQ(owner->uid, geteuid(), "uid, %s", what);
}

static int keep(void *argument)
{
    (void)argument;
    run_say("ready");
    run_until_stopped();
    return 0;
}

static int drop(void *argument)
{
    close(*(int *)argument);
    return keep(NULL);
}

enum { KEPT = 30 };

/* Keeps the listener as descriptor 30 of another program. */
static int become_sleep(void *argument)
{
    dup2(*(int *)argument, KEPT); /* without close-on-exec */
    run_say("ready");
    execlp("sleep", "sleep", "60", (char *)NULL);
    return 127;
}

static struct run_child start(int (*body)(void *), int *listener)
{
    struct run_child child = run_start_function(body, listener);
    char line[32];

    run_line(&child, line, sizeof line);
    return child;
}

static bool is_sleeping(void *argument)
{
    const struct owner *owner = look(*(int *)argument, 0);

    return owner->comm != NULL && strcmp(owner->comm, "sleep") == 0;
}

static bool is_stopped(void *argument)
{
    return look(*(int *)argument, 0)->stopped;
}

static void a_stranger(int port, pid_t sleeper, pid_t viewer)
{
    const struct owner *owner;

    CHECK(wait_until(is_sleeping, &port, 2000), "the child becomes sleep");
    owner = look(port, viewer);
    CHECK_STR(relation_name(owner->relation), "other", "another program");
    CHECK_EQ(owner->pid, sleeper, "pid");
    CHECK_EQ(owner->fd, KEPT, "descriptor");
    CHECK(owner->exe != NULL && owner->exe[0] == '/', "its file is known");
    CHECK(!owner->exe_deleted && !owner->same_program && !owner->stopped, "marks");
    CHECK(sys_realtime_us() - owner->started_us < 60 * 1000000LL &&
              owner->started_us <= sys_realtime_us() + 10000 /* a tick */,
          "it started less than a minute ago: %lld", (long long)owner->started_us);
    kill(sleeper, SIGSTOP);
    CHECK(wait_until(is_stopped, &port, 2000), "that it is stopped is seen");
}

int main(void)
{
    struct run_child sibling, heir, sleeper;
    int listener, copy, port;

    net_own_namespace();
    if (getpid() == 1)
        skip("no parent to be told from the kernel");
    listener = net_listener("127.0.0.1", 0, 0, 0);
    port = net_port(listener);
    copy = dup(listener);
    check_owner(port, getpid(), RELATION_SELF, getpid(), 0, "our own");
    CHECK_EQ(holder.owner.fd, listener, "the lowest descriptor");
    CHECK(holder.owner.same_program, "we run our own program");
    close(copy);

    sibling = start(drop, &listener);
    heir = start(keep, &listener);
    check_owner(port, getpid(), RELATION_SELF, getpid(), 1, "ours and our child's");
    check_owner(port, heir.pid, RELATION_SELF, heir.pid, 1, "the same from the child's place");
    check_owner(port, sibling.pid, RELATION_PARENT, getpid(), 1, "from the other child's place");
    check_owner(port, 0, RELATION_OTHER, getpid(), 1, "from nobody's place: the parent");

    run_stop(&heir);
    sleeper = start(become_sleep, &listener);
    close(listener);
    a_stranger(port, sleeper.pid, sibling.pid);
    check_owner(port, getpid(), RELATION_CHILD, sleeper.pid, 0, "left to one child");
    run_kill(&sleeper, SIGKILL);

    listener = net_listener("127.0.0.1", port, 0, 0);
    heir = start(keep, NULL);
    close(listener);
    check_owner(port, sibling.pid, RELATION_SAME_PROGRAM, heir.pid, 0, "another instance");
    run_stop(&heir);
    run_stop(&sibling);
    return CHECK_PASSED;
}

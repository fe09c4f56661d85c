/* owner_find() and owner_read_options(): a process goes on when its first thread has ended, and
 * neither /proc/PID/fd nor /proc/PID/exe shows anything any more: it is named all the same, from
 * outside and by itself. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "one_holder.h"
#include "run.h"

static uint32_t look(int port)
{
    uint32_t limits = holder_find(PROTOCOL_TCP, port, getpid());

    owner_read_options(&holder, 1, &limits);
    return limits;
}

static bool first_thread_has_ended(void *unused)
{
    char target[8];

    (void)unused;
    return readlink("/proc/self/exe", target, sizeof target) < 0 && errno == ENOENT;
}

static bool is_known(void *port)
{
    look(*(int *)port);
    return holder.owner.others_complete; /* a busy machine may use up the budget */
}

static void check_owner(const char *relation, pid_t pid, int fd)
{
    CHECK_STR(relation_name(holder.owner.relation), relation, "its relation");
    CHECK_EQ(holder.owner.pid, pid, "its pid");
    CHECK_EQ(holder.owner.fd, fd, "its descriptor");
    CHECK_EQ(holder.owner.others, 0, "nobody else has it");
    CHECK(holder.owner.exe != NULL && strcmp(holder.owner.exe, run_me()) == 0, "its file: %s",
          holder.owner.exe == NULL ? "unknown" : holder.owner.exe);
    CHECK(holder.owner.same_program, "it is this program");
}

/* The second thread of the holder: it meets its own socket, and says where it is. */
static void *go_on(void *unused)
{
    int listener = net_listener("127.0.0.1", 0, 1, 0), port = net_port(listener);

    CHECK(wait_until(first_thread_has_ended, NULL, 5000), "the first thread ends");
    CHECK(wait_until(is_known, &port, 5000), "a whole look");
    check_owner("self", getpid(), listener);
    CHECK(holder.socket.options.reuseaddr == ANSWER_YES, "its options");
    run_say("%d", port);
    run_say("%d", listener);
    run_until_stopped();
    _exit(0);
    return unused;
}

static int hold(void *unused)
{
    pthread_t thread;

    (void)unused;
    run_me(); /* while it can be asked */
    CHECK_EQ(pthread_create(&thread, NULL, go_on, NULL), 0, "a thread");
    pthread_exit(NULL);
}

int main(void)
{
    struct run_child child;
    int port, fd;

    net_own_namespace();
    child = run_start_function(hold, NULL);
    port = run_number(&child);
    fd = run_number(&child);
    CHECK(wait_until(is_known, &port, 5000), "a whole look");
    check_owner("child", child.pid, fd);
    if (holder.socket.options.reuseaddr == ANSWER_UNKNOWN)
        skip("a thread's descriptors cannot be copied before Linux 6.9");
    CHECK(holder.socket.options.reuseaddr == ANSWER_YES, "its options");
    CHECK(holder.socket.options.reuseport == ANSWER_NO, "its options");
    run_stop(&child);
    return CHECK_PASSED;
}

/* owner_read_options(): the options that a socket has now, in our own process and in another one;
 * what it cannot read it leaves alone, and never believes a descriptor that is another socket. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "one_holder.h"
#include "run.h"

enum { NOBODY = 65534, MPTCP = 262 };

static void find(int port)
{
    holder_find(PROTOCOL_TCP, port, 0);
}

static void check_options(int reuseaddr, int reuseport, int v6only, const char *what)
{
    const struct options *options = &holder.socket.options;
    uint32_t limits = 0;

    owner_read_options(&holder, 1, &limits);
    CHECK_EQ(limits, 0, "limits, %s", what);
    CHECK_EQ(holder.flags_seen, ANSWER_YES, "seen, %s", what);
    CHECK_EQ(options->reuseaddr, answer_of(reuseaddr), "SO_REUSEADDR, %s", what);
    CHECK_EQ(options->reuseport, answer_of(reuseport), "SO_REUSEPORT, %s", what);
    if (v6only >= 0)
        CHECK_EQ(options->v6only, answer_of(v6only), "V6ONLY, %s", what);
}

static void our_own(void)
{
    int fd = net_bound_tcp("::1", 0, 1, 0);

    find(net_port(fd));
    CHECK_EQ(holder.owner.pid, getpid(), "owner");
    check_options(1, 0, 1, "as bound");
    net_reuseaddr(fd, 0);
    net_reuseport(fd, 1);
    check_options(0, 1, 1, "as changed later");
    CHECK_EQ(net_port(fd), rows.row[0].socket.local.port, "our descriptor is still open");
    close(fd);
}

static void our_own_mptcp(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM, MPTCP);

    if (fd < 0)
        return;
    net_reuseaddr(fd, 1);
    CHECK_RESULT(net_bind(fd, "::1", 0), 0, "bind");
    find(net_port(fd));
    check_options(1, 0, -1, "MPTCP");
    close(fd);
}

static int serve(void *argument)
{
    int fd = net_listener("127.0.0.1", 0, 1, 1);

    (void)argument;
    run_say("%d", net_port(fd));
    run_until_stopped();
    return 0;
}

/* The lowest free descriptor tells whether one was left open. */
static int lowest_free(void)
{
    int fd = dup(0);

    close(fd);
    return fd;
}

static void wrong_descriptors_are_not_believed(void)
{
    const struct holder right = holder;
    uint32_t limits = 0;

    holder.cookie++;
    holder.socket.options = (struct options){ANSWER_UNKNOWN, ANSWER_UNKNOWN, ANSWER_UNKNOWN};
    holder.flags_seen = ANSWER_UNKNOWN;
    owner_read_options(&holder, 1, &limits);
    CHECK_EQ(holder.flags_seen, ANSWER_UNKNOWN, "with another cookie");
    CHECK_EQ(holder.socket.options.reuseaddr, ANSWER_UNKNOWN, "with another cookie");
    holder = right;
    holder.owner.fd = 1; /* its stdout */
    holder.flags_seen = ANSWER_UNKNOWN;
    owner_read_options(&holder, 1, &limits);
    CHECK_EQ(holder.flags_seen, ANSWER_UNKNOWN, "with a descriptor that is no socket");
    holder = right;
}

static int without_privilege(void *argument)
{
    uint32_t limits = 0;

    (void)argument;
    CHECK_EQ(setgroups(0, NULL), 0, "setgroups");
    CHECK_EQ(setresgid(NOBODY, NOBODY, NOBODY), 0, "setresgid");
    CHECK_EQ(setresuid(NOBODY, NOBODY, NOBODY), 0, "setresuid");
    holder.flags_seen = ANSWER_UNKNOWN;
    owner_read_options(&holder, 1, &limits);
    CHECK_EQ(limits, 1u << VISIBILITY_UNPRIVILEGED, "limits");
    CHECK_EQ(holder.flags_seen, ANSWER_UNKNOWN, "seen");
    return 0;
}

int main(void)
{
    struct run_child server;
    int free_before;

    if (check_kernel_before(6, 8))
        skip("bound sockets are in no list before Linux 6.8");
    net_own_namespace();
    our_own();
    our_own_mptcp();

    server = run_start_function(serve, NULL);
    find(run_number(&server));
    CHECK_EQ(holder.owner.pid, server.pid, "owner");
    free_before = lowest_free();
    check_options(1, 1, -1, "in another process");
    wrong_descriptors_are_not_believed();
    CHECK_EQ(lowest_free(), free_before, "nothing is left open");
    if (geteuid() == 0) {
        struct run_result result = run_function(without_privilege, NULL);

        fputs(result.err, stderr);
        CHECK_EQ(result.status, 0, "without privilege");
    }
    run_stop(&server);
    return CHECK_PASSED;
}

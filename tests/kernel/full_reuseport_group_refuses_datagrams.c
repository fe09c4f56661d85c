/* Rule: a group of SO_REUSEPORT has room for 32,768 sockets; a further UDP socket is EADDRINUSE
 * though nothing else stands in its way, and any error of the group is told as that.
 * Source: reuseport_grow(), U16_MAX; udp_lib_get_port(), udp_reuseport_add_sock().
 * Relied on by: rules/verdict: holders that are all excused give `unknown`, not a culprit. */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "run.h"

enum { ROOM = 32768, EACH = 8192 };

static int port;

/* A part of the group, in a process of its own: one has not descriptors enough. */
static int fill(void *count)
{
    for (int i = 0; i < *(int *)count; i++)
        net_bound_udp("127.0.0.1", port, 0, 1);
    run_say("full");
    run_until_stopped();
    return CHECK_PASSED;
}

int main(void)
{
    struct rlimit files = {EACH + 64, EACH + 64};
    struct run_child part[ROOM / EACH];
    int count = EACH - 1; /* the first one is ours */
    char line[16];

    net_own_namespace();
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        skip("no room for %d descriptors: %s", EACH, check_errno_name(errno));
    port = net_port(net_bound_udp("127.0.0.1", 0, 0, 1));
    for (int i = 0; i < ROOM / EACH; i++) {
        part[i] = run_start_function(fill, &count);
        run_line(&part[i], line, sizeof line);
        count = EACH;
    }
    CHECK_RESULT(net_try_udp("127.0.0.1", port, 0, 1), -EADDRINUSE, "one more than there is room");
    for (int i = ROOM / EACH; i-- > 0;) /* a later one keeps what tells the earlier ones to stop */
        CHECK_EQ(run_stop(&part[i]), CHECK_PASSED, "the part");
    CHECK_RESULT(net_try_udp("127.0.0.1", port, 0, 1), 0, "with room again");
    return CHECK_PASSED;
}

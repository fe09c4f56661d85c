/* Rule: SO_REUSEPORT on both sides excuses only sockets of one user; over a TIME_WAIT the user
 * does not matter. SO_REUSEADDR asks for no user.
 * Source: inet_bind_conflict(), "sk2->sk_state == TCP_TIME_WAIT || uid_eq(...)".
 * Relied on by: rules/conflict; the reason `reuseport-owner`. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

enum { NOBODY = 65534 };

static int try_as(unsigned uid, int (*try)(const char *, int, int, int), int port, int reuseaddr,
                  int reuseport)
{
    int result;

    net_user(uid);
    result = try("127.0.0.1", port, reuseaddr, reuseport);
    net_user(0);
    return result;
}

int main(void)
{
    int listener, udp, time_wait;

    net_own_namespace();
    listener = net_listener("127.0.0.1", 0, 1, 1);
    udp = net_bound_udp("127.0.0.1", 0, 1, 1);
    time_wait = net_time_wait("127.0.0.1", 0, 0, 1);

    CHECK_RESULT(try_as(0, net_try_tcp, net_port(listener), 0, 1), 0, "listener, same user");
    CHECK_RESULT(try_as(NOBODY, net_try_tcp, net_port(listener), 0, 1), -EADDRINUSE,
                 "listener, other user");
    CHECK_RESULT(try_as(0, net_try_udp, net_port(udp), 0, 1), 0, "udp, same user");
    CHECK_RESULT(try_as(NOBODY, net_try_udp, net_port(udp), 0, 1), -EADDRINUSE,
                 "udp, other user");
    CHECK_RESULT(try_as(NOBODY, net_try_udp, net_port(udp), 1, 0), 0,
                 "udp, other user, SO_REUSEADDR on both");
    CHECK_RESULT(try_as(NOBODY, net_try_tcp, time_wait, 0, 1), 0, "TIME_WAIT, other user");
    CHECK_RESULT(try_as(NOBODY, net_try_tcp, time_wait, 0, 0), -EADDRINUSE,
                 "TIME_WAIT, other user, no option");
    return CHECK_PASSED;
}

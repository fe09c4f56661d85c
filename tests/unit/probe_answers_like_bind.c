/* probe_bind() says what bind() would say, and leaves no trace: the next bind() gets the same
 * answer as without the probe. */
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "facts/probe.h"
#include "net.h"

static struct attempt attempt_at(const char *address, int port)
{
    struct sockaddr_storage storage;
    socklen_t length = net_address(&storage, address, port);
    struct attempt attempt;

    memset(&attempt, 0, sizeof attempt);
    attempt.socket.protocol = PROTOCOL_TCP;
    attempt.socket.local = endpoint_from_sockaddr(&storage, length);
    attempt.domain = net_family(address);
    return attempt;
}

static enum answer ask(const char *address, int port, enum answer v6only, bool reuseaddr)
{
    struct attempt attempt = attempt_at(address, port);

    attempt.socket.options.v6only = v6only;
    return probe_bind(&attempt, reuseaddr);
}

/* Without and with the option, and twice: the first probe must not change the second. */
static void check(const char *address, int port, const char *what)
{
    for (int reuseaddr = 0; reuseaddr <= 1; reuseaddr++) {
        enum answer expected = answer_of(net_try_tcp(address, port, reuseaddr, 0) == 0);

        for (int turn = 0; turn < 2; turn++)
            CHECK_EQ(ask(address, port, ANSWER_NO, reuseaddr), expected,
                     "%s: %s, SO_REUSEADDR %d", what, address, reuseaddr);
        CHECK_EQ(answer_of(net_try_tcp(address, port, reuseaddr, 0) == 0), expected,
                 "%s: bind() after the probe", what);
    }
}

static void check_everywhere(int port, const char *what)
{
    check("127.0.0.1", port, what);
    check("127.0.0.2", port, what);
    check("0.0.0.0", port, what);
    check("::", port, what);
    check("::ffff:127.0.0.1", port, what);
}

static void what_cannot_be_asked(void)
{
    struct attempt attempt = attempt_at("127.0.0.1", 8080);

    CHECK_EQ(probe_bind(&attempt, false), ANSWER_YES, "a free port");
    attempt.socket.protocol = PROTOCOL_UDP;
    CHECK_EQ(probe_bind(&attempt, false), ANSWER_UNKNOWN, "UDP is never probed");
    CHECK_EQ(ask("127.0.0.1", 0, ANSWER_NO, false), ANSWER_UNKNOWN, "port 0");
    CHECK_EQ(ask("192.0.2.1", 8080, ANSWER_NO, false), ANSWER_UNKNOWN, "an address not ours");
    CHECK_EQ(ask("::", 8080, ANSWER_UNKNOWN, false), ANSWER_UNKNOWN, ":: with V6ONLY not known");
}

int main(void)
{
    int fd, port;

    net_own_namespace();
    fd = net_bound_tcp("127.0.0.1", 0, 0, 0);
    check_everywhere(net_port(fd), "bound without the option");
    close(fd);
    fd = net_bound_tcp("127.0.0.1", 0, 1, 0);
    port = net_port(fd);
    check_everywhere(port, "bound with the option");
    CHECK_RESULT(net_listen(fd), 0, "listen");
    check_everywhere(port, "listening");
    CHECK_EQ(ask("::", port, ANSWER_YES, false), ANSWER_YES, ":: for IPv6 only");
    close(fd);
    check_everywhere(net_time_wait("127.0.0.1", 0, 1, 0), "TIME_WAIT with the option");
    check_everywhere(net_time_wait("127.0.0.1", 0, 0, 0), "TIME_WAIT without the option");
    what_cannot_be_asked();
    return CHECK_PASSED;
}

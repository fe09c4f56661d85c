/* probe_bind() says what bind() would say, and leaves no trace: the next bind() gets the same
 * answer as without the probe. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
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

static enum answer ask_reuseport(const char *address, int port, uint32_t resets)
{
    struct attempt attempt = attempt_at(address, port);

    attempt.socket.options = (struct options){ANSWER_NO, ANSWER_NO, answer_of(address[0] == ':')};
    attempt.socket.uid = UID_UNKNOWN;
    return probe_reuseport(&attempt, resets);
}

/* A TIME_WAIT holds; the newcomer with SO_REUSEPORT gets the same answer before and after. */
static void check_reuseport(int held)
{
    int port = net_time_wait("127.0.0.1", 0, 1, held);
    enum answer expected = answer_of(held);

    for (uint32_t resets = 1; resets < 1u << PROBE_RESETS; resets++) {
        CHECK_EQ(ask_reuseport("127.0.0.1", port, resets), expected, "by resets %u", resets);
        CHECK_EQ(ask_reuseport("0.0.0.0", port, resets), expected, "wildcard, resets %u", resets);
        CHECK_EQ(answer_of(net_try_tcp("127.0.0.1", port, 0, 1) == 0), expected,
                 "bind() after the probe, by resets %u", resets);
    }
    CHECK_EQ(ask_reuseport("127.0.0.1", port, 0), ANSWER_UNKNOWN, "without a reset");
}

static int open_shared(const char *address)
{
    int fd = net_tcp(address);

    if (address[0] == ':')
        net_v6only(fd, 1);
    net_reuseport(fd, 1);
    return fd;
}

/* The bucket remembers nothing of the probe: a holder that gives SO_REUSEPORT up after it refuses
 * whoever has the option. */
static void check_reset(int holder, const char *address, const char *when)
{
    int newcomer, port = net_port(holder);

    CHECK_EQ(ask_reuseport(address, port, 1), ANSWER_YES, "%s: both have it", when);
    net_reuseport(holder, 0);
    newcomer = open_shared(address);
    CHECK_RESULT(net_bind(newcomer, address, port), -EADDRINUSE, "%s: after the reset", when);
    close(newcomer);
    close(holder);
}

static void give_lo_another_address(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    struct sockaddr_storage address;
    int fd = net_socket(AF_INET, SOCK_DGRAM, 0);

    net_address(&address, "192.0.2.9", 0);
    memcpy(&request.ifr_addr, &address, sizeof request.ifr_addr);
    CHECK(ioctl(fd, SIOCSIFADDR, &request) == 0, "192.0.2.9 on lo");
    close(fd);
    CHECK_EQ(net_try_tcp("127.98.76.54", 0, 0, 0), -EADDRNOTAVAIL, "127.98.76.54 then");
}

/* Somebody binds the very address of the reset in the meantime: the next one serves. Where lo has
 * another address, none of them is this machine's. */
static void a_reset_in_trouble_works(void)
{
    int holder = net_bound_tcp("127.0.0.1", 0, 0, 1), port = net_port(holder);
    int taken = net_bound_tcp("127.98.76.54", port, 0, 1);

    check_reset(holder, "127.0.0.1", "the first address is taken");
    close(taken);
    give_lo_another_address();
    holder = open_shared("::");
    CHECK_RESULT(net_bind(holder, "::", 0), 0, "bind");
    check_reset(holder, "::", "no address of 127.0.0.0/8");
}

static uint32_t met(const char *address, enum answer v6only)
{
    struct party held = attempt_at(address, 8080).socket;

    held.options.v6only = v6only;
    return probe_resets_met(&held);
}

static void wildcards_meet_the_resets(void)
{
    CHECK_EQ(met("127.0.0.1", ANSWER_NO), 0, "another address");
    CHECK_EQ(met("127.98.76.54", ANSWER_NO), 1, "the very address");
    CHECK_EQ(met("0.0.0.0", ANSWER_NO), 1, "all of IPv4");
    CHECK_EQ(met("::ffff:0.0.0.0", ANSWER_NO), 1, "all of IPv4, mapped");
    CHECK_EQ(met("::", ANSWER_YES), 2, "all of IPv6");
    CHECK_EQ(met("::", ANSWER_NO), 3, "both");
    CHECK_EQ(met("::", ANSWER_UNKNOWN), 3, "perhaps both");
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
    wildcards_meet_the_resets();
    check_reuseport(0);
    check_reuseport(1);
    a_reset_in_trouble_works();
    return CHECK_PASSED;
}

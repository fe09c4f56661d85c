/* Port 0 with no port left, by bind or by listen: the range, what is reserved and what is taken
 * are told as they are. Another address still has ports. Oracle: the sysctls and the sockets
 * themselves. */
#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOCAL_PORT_RANGE = 51 }; /* IP_LOCAL_PORT_RANGE, linux/in.h, Linux 6.3 */

static const char address[] = "127.0.0.1";

static int with_option(int fd)
{
    net_reuseaddr(fd, 1);
    return fd;
}

static int play(const char *role)
{
    int fd = net_tcp(address);
    bool inside = strcmp(role, "own") == 0; /* one end of it is in the range of all, or none */
    uint32_t own = 1000 | (inside ? (uint32_t)40003 : 2000) << 16;

    if ((inside || strcmp(role, "own outside") == 0) &&
        setsockopt(fd, IPPROTO_IP, LOCAL_PORT_RANGE, &own, sizeof own) < 0)
        run_say("none");
    else if (strcmp(role, "dual") == 0)
        run_say("%d", net_bind(net_tcp("::"), "::", 0));
    else if (strcmp(role, "listen") == 0)
        run_say("%d", net_listen(fd));
    else if (strcmp(role, "udp ra") == 0)
        run_say("%d", net_bind(with_option(net_udp(address)), address, 0));
    else
        run_say("%d", net_bind(strcmp(role, "udp") == 0 ? net_udp(address) : fd,
                               strcmp(role, "other") == 0 ? "127.0.0.2" : address, 0));
    return 0;
}

static const char *refused(const char *role)
{
    struct run_result run = run_shimmed(role, "explain", NULL);

    CHECK_STR(run.out, "-98\n", "port 0 by %s: %s", role, run.err);
    CHECK_EQ(told_lines(run.err, "[ports-exhausted]"), 1, "the headline:\n%s", run.err);
    CHECK_CONTAINS(told_unfolded(run.err), "40000", "the range in:\n%s", run.err);
    CHECK_CONTAINS(told_unfolded(run.err), "40009", "the range in:\n%s", run.err);
    run = run_shimmed(role, "explain", told_json);
    return told_line(run.err, "ports-exhausted", 0);
}

static void check_figures(const char *record, int reserved, int taken)
{
    CHECK_STR(json_at(record, "reason"), "ports-exhausted", "the record: %s", record);
    CHECK_EQ(json_number_at(record, "range.first", -1), 40000, "the range: %s", record);
    CHECK_EQ(json_number_at(record, "range.last", -1), 40009, "the range: %s", record);
    CHECK_EQ(json_number_at(record, "range.reserved", -1), reserved, "reserved: %s", record);
    CHECK_EQ(json_number_at(record, "range.taken", -1), taken, "taken: %s", record);
}

/* TCP shares no port of its own choice; UDP does, with who has the option too; and IPv6 alone meets
 * nobody here. What the kernel does is what it is said that it would do. */
static void check_wishes(const int *datagrams, int count)
{
    int fd = net_tcp("::");

    CHECK_RESULT(net_try_tcp(address, 0, 1, 0), -EADDRINUSE, "TCP, all have SO_REUSEADDR");
    CHECK_STR(json_at(refused("bind"), "would_succeed.both_reuseaddr"), "false", "TCP");
    CHECK_STR(json_at(refused("udp"), "would_succeed.newcomer_reuseaddr"), "null", "UDP");
    CHECK_STR(json_at(refused("udp"), "would_succeed.both_reuseaddr"), "true", "UDP");
    CHECK_STR(json_at(refused("udp ra"), "would_succeed.both_reuseaddr"), "true", "UDP");
    for (int i = 0; i < count; i++)
        net_reuseaddr(datagrams[i], 1);
    CHECK_RESULT(net_try_udp(address, 0, 1, 0), 0, "UDP, all have SO_REUSEADDR");
    CHECK_STR(json_at(refused("dual"), "would_succeed.newcomer_v6only"), "null", "IPv6 alone");
    net_v6only(fd, 1);
    CHECK_RESULT(net_bind(fd, "::", 0), 0, "IPv6 alone");
    close(fd);
}

/* The socket's own range: of its ends only those count that lie in the other one, which may not be
 * widened then. */
static void own_range(void)
{
    struct run_result run = run_self("own", NULL);
    const char *record;

    if (strcmp(run.out, "none\n") == 0)
        return; /* before Linux 6.3 */
    CHECK_STR(run.out, "-98\n", "the kernel has no port from 40000 to 40003");
    run = run_shimmed("own", "explain", told_json);
    record = told_line(run.err, "ports-exhausted", 0);
    CHECK_EQ(json_number_at(record, "range.first", -1), 40000, "the range: %s", record);
    CHECK_EQ(json_number_at(record, "range.last", -1), 40003, "the range: %s", record);
    CHECK_STR(json_at(record, "range.own"), "true", "whose: %s", record);
    CHECK_EQ(json_number_at(record, "range.reserved", -1), 2, "reserved: %s", record);
    CHECK_EQ(json_number_at(record, "range.taken", -1), 2, "taken: %s", record);
    CHECK_EQ(json_length(record, "cures"), 0, "no sysctl helps: %s", record);
    run = run_shimmed("own", "explain", NULL);
    CHECK_CONTAINS(told_unfolded(run.err), "IP_LOCAL_PORT_RANGE", "it is named");
    check_figures(refused("own outside"), 3, 7);
}

/* The last of three ports is free, and the kernel does not try it. */
static void odd_range(void)
{
    struct run_result run;

    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40002");
    net_bound_tcp(address, 40000, 0, 0);
    net_bound_tcp(address, 40001, 0, 0);
    run = run_shimmed("bind", "explain", NULL);
    CHECK_STR(run.out, "-98\n", "refused: %s", run.err);
    CHECK_CONTAINS(told_unfolded(run.err), "Of an odd number", "why:\n%s", run.err);
}

int main(int argc, char **argv)
{
    struct run_result run;
    int port, datagrams[10], count = 0;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40009");
    net_sysctl("net/ipv4/ip_local_reserved_ports", "40002-40004,50000");
    for (port = 40000; port <= 40009; port++) {
        if (port >= 40002 && port <= 40004)
            continue;
        net_bound_tcp(address, port, 1, 0);
        datagrams[count++] = net_bound_udp(address, port, 0, 0);
    }
    check_figures(refused("bind"), 3, 7);
    check_figures(refused("udp"), 3, 7);

    run = run_shimmed("other", "explain", NULL);
    CHECK_STR(run.out, "0\n", "another address has ports: %s", run.err);

    /* listen() takes a port of the wildcard address. */
    check_figures(refused("listen"), 3, 7);
    own_range();
    check_wishes(datagrams, count);
    odd_range();
    return 0;
}

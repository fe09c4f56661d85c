/* Under log there is one record for each socket, each setsockopt of SO_REUSEADDR and SO_REUSEPORT,
 * each bind and each listen, with the values of the call and of its result; of other calls and
 * options there is none. Oracle: what the program itself saw. */
#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char address[] = "127.0.0.1";

static int play(void)
{
    int tcp = net_tcp(address), udp = net_udp("::1"), client, child;
    int one = 1;

    net_reuseaddr(tcp, 1);
    net_reuseport(tcp, 0);
    net_set(tcp, SOL_SOCKET, SO_KEEPALIVE, 1);      /* none of ours */
    net_set(tcp, IPPROTO_TCP, TCP_NODELAY, 1);
    setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &one, 1); /* too short: EINVAL */
    CHECK_RESULT(net_bind(tcp, address, 8080), 0, "bind");
    CHECK_RESULT(net_bind(tcp, address, 8081), -22, "a second bind of one socket");
    CHECK_RESULT(listen(tcp, 77) == 0 ? 0 : -1, 0, "listen");
    CHECK_RESULT(net_bind(udp, "::1", 5353), 0, "bind");
    client = net_tcp(address);
    CHECK_RESULT(net_connect(client, address, 8080), 0, "connect: not told");
    child = net_accept(tcp);
    run_say("%d %d %d %d", tcp, udp, client, child);
    return 0;
}

struct expected {
    const char *event;
    int nth;
    const char *path, *value;
};

static void check_values(const char *told, const struct expected *expected, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        CHECK_STR(json_at(told_record(told, expected[i].event, expected[i].nth), expected[i].path),
                  expected[i].value, "%s of record %d of %s", expected[i].path, expected[i].nth,
                  expected[i].event);
}

static const struct expected values[] = {
    {"socket", 0, "call", "socket"},
    {"socket", 0, "domain", "inet"},
    {"socket", 0, "type", "stream"},
    {"socket", 0, "errno", "null"},
    {"socket", 1, "domain", "inet6"},
    {"socket", 1, "type", "dgram"},
    {"setsockopt", 0, "level", "SOL_SOCKET"},
    {"setsockopt", 0, "option", "SO_REUSEADDR"},
    {"setsockopt", 0, "value", "1"},
    {"setsockopt", 0, "result", "0"},
    {"setsockopt", 0, "errno", "null"},
    {"setsockopt", 1, "option", "SO_REUSEPORT"},
    {"setsockopt", 1, "value", "0"},
    {"setsockopt", 2, "option", "SO_REUSEADDR"},
    {"setsockopt", 2, "result", "-1"},
    {"setsockopt", 2, "errno", "EINVAL"},
    {"bind", 0, "proto", "tcp"},
    {"bind", 0, "family", "inet"},
    {"bind", 0, "address", "127.0.0.1"},
    {"bind", 0, "port", "8080"},
    {"bind", 0, "result", "0"},
    {"bind", 1, "port", "8081"},
    {"bind", 1, "result", "-1"},
    {"bind", 1, "errno", "EINVAL"},
    {"bind", 2, "proto", "udp"},
    {"bind", 2, "family", "inet6"},
    {"bind", 2, "address", "::1"},
    {"listen", 0, "backlog", "77"},
    {"listen", 0, "port", "8080"},
    {"listen", 0, "result", "0"},
};

static void check_descriptors(const struct run_result *run)
{
    int tcp, udp, client, child;

    CHECK_EQ(sscanf(run->out, "%d %d %d %d", &tcp, &udp, &client, &child), 4, "said: %s", run->out);
    CHECK_EQ(json_number_at(told_record(run->err, "socket", 0), "result", -1), tcp, "socket");
    CHECK_EQ(json_number_at(told_record(run->err, "socket", 1), "result", -1), udp, "socket");
    CHECK_EQ(json_number_at(told_record(run->err, "socket", 2), "result", -1), client, "socket");
    CHECK_EQ(json_number_at(told_record(run->err, "setsockopt", 0), "fd", -1), tcp, "setsockopt");
    CHECK_EQ(json_number_at(told_record(run->err, "bind", 0), "fd", -1), tcp, "bind");
    CHECK_EQ(json_number_at(told_record(run->err, "bind", 2), "fd", -1), udp, "bind");
    CHECK_EQ(json_number_at(told_record(run->err, "listen", 0), "fd", -1), tcp, "listen");
}

int main(int argc, char **argv)
{
    struct run_result run;

    (void)argv;
    if (argc > 1)
        return play();
    net_own_namespace();

    run = run_shimmed("play", "log", told_json);
    CHECK_EQ(run.status, 0, "the program: %s", run.err);
    CHECK_EQ(told_records(run.err, "socket"), 3, "one record for each socket in:\n%s", run.err);
    CHECK_EQ(told_records(run.err, "setsockopt"), 3, "each setsockopt");
    CHECK_EQ(told_records(run.err, "bind"), 3, "each bind");
    CHECK_EQ(told_records(run.err, "listen"), 1, "each listen");
    CHECK_EQ(told_lines(run.err, ""), 10, "and nothing else in:\n%s", run.err);
    check_values(run.err, values, sizeof values / sizeof *values);
    check_descriptors(&run);

    run = run_shimmed("play", "log", NULL);
    CHECK_EQ(told_lines(run.err, ""), 10, "the same in text, a line each:\n%s", run.err);
    CHECK_EQ(told_lines(run.err, "reuseshim: setsockopt("), 3, "each setsockopt");
    CHECK_EQ(told_lines(run.err, "reuseshim: bind("), 3, "each bind");

    run = run_shimmed("play", "udp=log", told_json);
    CHECK_EQ(told_records(run.err, "bind"), 1, "of UDP only:\n%s", run.err);
    CHECK_EQ(told_records(run.err, "socket"), 1, "of UDP only");
    CHECK_EQ(told_lines(run.err, ""), 2, "and nothing else:\n%s", run.err);
    run = run_shimmed("play", "explain", NULL);
    CHECK_STR(run.err, "", "explain has nothing to tell of calls that are not EADDRINUSE");
    return 0;
}

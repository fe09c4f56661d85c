/* What force must not touch: port 0, datagram sockets (unless the rule names udp), UNIX sockets.
 * The option stays as it was and the calls work as they would, and under log it is said why.
 * Oracle: getsockopt. */
#include "check.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int say_option(int fd, int result)
{
    run_say("%d %d", result, net_get(fd, SOL_SOCKET, SO_REUSEADDR) != 0);
    return 0;
}

/* ROLE is "tcp 0.0.0.0 8080", "udp :: 5353" or "unix PATH 0". */
static int play(const char *role)
{
    char kind[16], address[PATH_MAX];
    int port, fd;

    CHECK_EQ(sscanf(role, "%15s %4095s %d", kind, address, &port), 3, "a role: %s", role);
    fd = strcmp(kind, "udp") == 0    ? net_udp(address)
         : strcmp(kind, "unix") == 0 ? net_unix(SOCK_STREAM)
                                     : net_tcp(address);
    return say_option(fd, net_bind(fd, address, port));
}

/* ROLE under POLICY: the option must be IS. With `log`, EVENT tells it: WHY is among its words. */
static void check(const char *role, const char *policy, int is, const char *event, const char *why)
{
    char expected[16], logged[128];
    struct run_result run = run_shimmed(role, policy, told_json);
    const char *record;

    snprintf(expected, sizeof expected, "0 %d\n", is);
    CHECK_STR(run.out, expected, "%s under %s: result of bind and the option", role, policy);
    CHECK_STR(run.err, "", "%s under %s: nothing to say without log", role, policy);

    snprintf(logged, sizeof logged, "%s+log", policy);
    run = run_shimmed(role, logged, told_json);
    CHECK_STR(run.out, expected, "%s under %s", role, logged);
    CHECK_EQ(told_records(run.err, event), 1, "%s under %s: records %s in:\n%s", role, logged,
             event, run.err);
    CHECK_EQ(told_records(run.err, "left_alone") + told_records(run.err, "forced"), 1,
             "%s under %s: only that", role, logged);
    record = told_record(run.err, event, 0);
    CHECK_STR(json_at(record, "option"), "SO_REUSEADDR", "%s under %s", role, logged);
    CHECK_STR(json_at(record, "call"), "bind", "%s under %s", role, logged);
    if (why != NULL)
        CHECK_CONTAINS(json_at(record, "text"), why, "%s under %s", role, logged);
}

int main(int argc, char **argv)
{
    char path[PATH_MAX], role[PATH_MAX + 32];

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    folder_file(path, sizeof path, "socket");
    snprintf(role, sizeof role, "unix %s 0", path);

    check("tcp 127.0.0.1 0", "force", 0, "left_alone", "port 0");
    check("tcp :: 0", "force", 0, "left_alone", "port 0");
    check("udp 127.0.0.1 5353", "force", 0, "left_alone", "udp");
    check("udp ::1 5353", "any@*=force", 0, "left_alone", "udp");
    check("udp 0.0.0.0 0", "udp=force", 0, "left_alone", "port 0");
    check("unix @abstract 0", "force", 0, "left_alone", "not an IPv4 or IPv6 socket");
    CHECK_STR(run_shimmed(role, "force", NULL).out, "0 0\n", "a path is bound, without the option");

    check("tcp 127.0.0.1 8080", "force", 1, "forced", NULL);
    check("tcp :: 8080", "tcp6:8080=force", 1, "forced", NULL);
    check("udp 127.0.0.1 5353", "udp=force", 1, "forced", NULL);
    check("udp ::1 5353", "udp6:5353=force", 1, "forced", NULL);
    check("udp 127.0.0.1 5353", "tcp=force;udp4@127.0.0.0/8=force", 1, "forced", NULL);
    return 0;
}

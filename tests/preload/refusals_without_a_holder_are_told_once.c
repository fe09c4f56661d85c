/* A bind that no other socket refuses, EADDRNOTAVAIL or EACCES, is told once for a place in the
 * program, with the reason, and so is a listen() without bind that finds no port; what the program
 * sees is the kernel's answer. Oracle: the kernel's errno, net.ipv4.ip_unprivileged_port_start and
 * net.ipv4.ip_local_port_range. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

enum { TRIES = 5, NOBODY = 65534 };

/* The one port that there is to take is held. */
static int listen_without_bind(void)
{
    for (int i = 0; i < TRIES; i++) {
        int fd = net_tcp("127.0.0.1");

        CHECK_RESULT(net_listen(fd), -EADDRINUSE, "listen");
        close(fd);
    }
    return CHECK_PASSED;
}

/* ::1 is there, but not on the device that the socket is bound to; a raw socket has no port. */
static int elsewhere(void)
{
    int fd = net_tcp("::1");

    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "other", 5), 0, "SO_BINDTODEVICE");
    CHECK_RESULT(net_bind(fd, "::1", 8080), -EADDRNOTAVAIL, "bind");
    return CHECK_PASSED;
}

static int raw(void)
{
    int fd = net_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);

    CHECK_RESULT(net_bind(fd, "192.0.2.1", 0), -EADDRNOTAVAIL, "bind");
    return CHECK_PASSED;
}

static int play(const char *role)
{
    bool low = strcmp(role, "low") == 0;

    if (strcmp(role, "unbound") == 0)
        return listen_without_bind();
    if (strcmp(role, "elsewhere") == 0)
        return elsewhere();
    if (strcmp(role, "raw") == 0)
        return raw();
    if (low && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        return CHECK_SKIPPED;
    for (int i = 0; i < TRIES; i++) {
        int fd = net_tcp("127.0.0.1");

        CHECK_RESULT(net_bind(fd, low ? "127.0.0.1" : "192.0.2.1", low ? 80 + i : 8080 + i),
                     low ? -EACCES : -EADDRNOTAVAIL, "bind");
        close(fd);
    }
    return CHECK_PASSED;
}

static void check(const char *role, const char *reason, const char *error, const char *words)
{
    struct run_result run = run_shimmed(role, "explain", NULL);
    const char *event = strcmp(role, "unbound") == 0 ? "listen_failed" : "bind_failed";
    const char *record;

    if (run.status == CHECK_SKIPPED)
        skip("not root");
    CHECK_EQ(run.status, CHECK_PASSED, "%s: %s", role, run.err);
    CHECK_EQ(told_lines(run.err, "reuseshim: "), 1, "%s: once in\n%s", role, run.err);
    CHECK_EQ(told_lines(run.err, words), 1, "%s: in words in\n%s", role, run.err);
    CHECK_EQ(told_lines(run.err, "reuseshim wait"), strcmp(role, "nowhere") == 0,
             "%s: the command waits for what it can try in\n%s", role, run.err);
    run = run_shimmed(role, "explain", told_json);
    record = told_record(run.err, event, 0);
    CHECK_STR(json_at(record, "reason"), reason, "%s: the reason in\n%s", role, record);
    CHECK_STR(json_at(record, "errno"), error, "%s: errno", role);
    CHECK_EQ(json_length(record, "holders"), 0, "%s: no holder", role);
    CHECK_STR(json_at(record, "would_succeed.both_reuseaddr"), "false", "%s: no option", role);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    check("nowhere", "not-local", "EADDRNOTAVAIL", "no such address here [not-local]");
    check("raw", "not-local", "EADDRNOTAVAIL", "no such address here [not-local]");
    net_add_device("other");
    check("elsewhere", "not-local", "EADDRNOTAVAIL",
          "its device has no such address [not-local]");
    net_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
    net_bound_tcp("0.0.0.0", 40000, 0, 0);
    check("unbound", "ports-exhausted", "EADDRINUSE", "none of 1 is free [ports-exhausted]");
    check("low", "low-port", "EACCES", "ports below 1024 need root [low-port]");
    return CHECK_PASSED;
}

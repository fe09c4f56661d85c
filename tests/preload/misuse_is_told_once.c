/* Each misuse of SO_REUSEADDR is told once, with its id and the stack of the call: however often
 * it is made there, and only under the policy that tells it. A setsockopt() is shown with its
 * result. */
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"

enum { TIMES = 3, STACK_AT_LEAST = 3 };

static const char here[] = "127.0.0.1";
static const int port = 8080;

/* ---- What the programs do ---- */

static void set_after_bind(void)
{
    int fd = net_bound_tcp(here, port, 0, 0);

    net_listen(fd);
    net_reuseaddr(fd, 1);
    close(fd);
}

/* Over a TIME_WAIT whose side had the option: to have it here would have helped. */
static void set_on_other_socket(void)
{
    int other, fd;

    if (net_rows(port, NET_TIME_WAIT) == 0)
        net_time_wait(here, port, 1, 0);
    other = net_tcp(here);
    fd = net_tcp(here);
    net_reuseaddr(other, 1);
    CHECK(net_bind(fd, here, port) < 0, "the bind fails");
    close(fd);
    close(other);
}

static void listen_after_option(int level, unsigned length)
{
    int fd = net_tcp(here), one = 1;

    setsockopt(fd, level, SO_REUSEADDR, &one, length);
    CHECK_RESULT(net_bind(fd, here, port), 0, "bind");
    net_listen(fd);
    close(fd);
}

static void wrong_level_ip(void)
{
    listen_after_option(IPPROTO_IP, sizeof(int));
}

static void wrong_level_tcp(void)
{
    listen_after_option(IPPROTO_TCP, sizeof(int));
}

static void wrong_length(void)
{
    listen_after_option(SOL_SOCKET, sizeof(char));
}

static void ignored_failure(void)
{
    int first = net_listener(here, port, 0, 0), fd = net_tcp(here);

    CHECK(net_bind(fd, here, port) < 0, "the bind fails");
    CHECK_RESULT(net_listen(fd), 0, "listen, on some other port");
    close(fd);
    close(first);
}

static void datagram_reuse(void)
{
    close(net_bound_udp(here, port, 1, 0));
}

static const struct {
    const char *role;
    void (*act)(void);
    const char *misuse;
    const char *policy;
    const char *call;
} rows[] = {
    { "set_after_bind", set_after_bind, "set-after-bind", NULL, "setsockopt" },
    { "set_on_other_socket", set_on_other_socket, "set-on-other-socket", NULL, "bind" },
    { "wrong_level_ip", wrong_level_ip, "wrong-level", NULL, "setsockopt" },
    { "wrong_level_tcp", wrong_level_tcp, "wrong-level", NULL, "setsockopt" },
    { "wrong_length", wrong_length, "wrong-length", NULL, "setsockopt" },
    { "ignored_failure", ignored_failure, "ignored-failure", NULL, "listen" },
    { "datagram_reuse", datagram_reuse, "datagram-reuse", "log", "setsockopt" },
};

static int play(const char *role)
{
    net_own_namespace();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int n = 0; strcmp(rows[i].role, role) == 0 && n < TIMES; n++)
            rows[i].act();
    }
    return CHECK_PASSED;
}

/* ---- What is told of them ---- */

/* The next line of *TEXT that is a record of a misuse. */
static const char *next_misuse(char **text)
{
    char *line;

    while ((line = strsep(text, "\n")) != NULL) {
        if (strcmp(json_at(line, "event"), "misuse") == 0)
            return line;
    }
    return NULL;
}

static void check_row(size_t i)
{
    char format[] = "REUSESHIM_FORMAT=json";
    char *extra[] = { format, NULL };
    struct run_result result = run_shimmed(rows[i].role, rows[i].policy, extra);
    char *text = result.err;
    const char *record, *more;

    if (result.status == CHECK_SKIPPED)
        skip("%s", result.err);
    CHECK_EQ(result.status, CHECK_PASSED, "%s: %s", rows[i].role, result.err);
    record = next_misuse(&text);
    CHECK(record != NULL, "%s: a record of the misuse", rows[i].role);
    CHECK_STR(json_at(record, "misuse"), rows[i].misuse, "%s", rows[i].role);
    CHECK_STR(json_at(record, "call"), rows[i].call, "%s", rows[i].role);
    CHECK(json_length(record, "stack") >= STACK_AT_LEAST, "%s: its stack: %s", rows[i].role,
          record);
    if (strcmp(rows[i].misuse, "set-on-other-socket") == 0)
        CHECK(json_number_at(record, "other_fd", -1) >= 3, "the other socket: %s", record);
    more = next_misuse(&text);
    CHECK(more == NULL, "%s: told once, again: %s", rows[i].role, more);
}

/* IP_TTL takes a 1, TCP_MAXSEG and a char of SOL_SOCKET are refused. */
static void check_results(void)
{
    static const struct {
        const char *role;
        const char *shown;
    } results[] = {
        { "wrong_level_ip", ", 2, 1) = 0" },
        { "wrong_level_tcp", "IPPROTO_TCP, 2, 1) = -1 EINVAL" },
        { "wrong_length", "SOL_SOCKET, SO_REUSEADDR, 1) = -1 EINVAL" },
    };

    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        struct run_result result = run_shimmed(results[i].role, NULL, NULL);

        CHECK(strstr(result.err, results[i].shown) != NULL, "%s: '%s' in: %s", results[i].role,
              results[i].shown, result.err);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_row(i);
    check_results();
    return CHECK_PASSED;
}

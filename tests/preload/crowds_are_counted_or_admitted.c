/* However many hold the port, the explanation is complete or says what it left out, and comes
 * within its budget: 300 processes with one listener, 1,000 sockets on one port, 20,000 (with
 * --long 50,000) TIME_WAIT. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "json.h"
#include "matrix_newcomer.h"
#include "net.h"
#include "run.h"

enum {
    OWNERS = 300,
    SOCKETS = 1000,
    TIME_WAITS = 20 * 1000,
    TIME_WAITS_LONG = 50 * 1000,
    BUDGET_US = 500 * 1000,     /* owners are found on the way; others are counted for 40 ms */
    TRIES = 5,                  /* on a machine that is busy with other things */
    RECORDS_SIZE = 1 << 20
};

static char record[RECORDS_SIZE];

/* One newcomer; the record is of the quickest of several. */
static struct outcome meet(const char *address, int port)
{
    struct newcomer newcomer = { .v6only = -1, .port = port };
    struct outcome outcome;

    snprintf(newcomer.address, sizeof newcomer.address, "%s", address);
    for (int i = 0; i < TRIES; i++) {
        outcome = newcomer_bind(&newcomer);
        CHECK_RESULT(outcome.bind, -EADDRINUSE, "bind");
        CHECK_EQ(newcomer_records(record, sizeof record), 1, "records");
        CHECK(json_is_object(record), "a record of one line: %.300s", record);
        if (outcome.took_us < BUDGET_US)
            return outcome;
    }
    check_failed(__FILE__, __LINE__, "outcome.took_us < BUDGET_US", "the quickest of %d: %ld us",
                 TRIES, outcome.took_us);
}

/* The sockets told of, one by one or by number, and those that are said to be left out. */
static long told(void)
{
    long sum = json_number_at(record, "holders_left_out", 0);

    for (int i = 0; i < json_length(record, "holders"); i++) {
        char key[64];

        snprintf(key, sizeof key, "holders.%d.count", i);
        sum += json_number_at(record, key, 0);
    }
    return sum;
}

static bool is_cut_short(void)
{
    return strcmp(json_at(record, "visibility"), "budget") == 0;
}

static void many_owners(void)
{
    int listener = net_listener("127.0.0.1", 0, 0, 0);
    pid_t owners[OWNERS];

    for (int i = 0; i < OWNERS; i++) {
        owners[i] = fork();
        CHECK(owners[i] >= 0, "fork");
        if (owners[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;)
                pause();
        }
    }
    meet("127.0.0.1", net_port(listener));
    CHECK_STR(json_at(record, "reason"), "listening", "reason");
    CHECK_EQ(json_length(record, "holders"), 1, "holders: one socket");
    CHECK_EQ(json_number_at(record, "holders.0.pid", 0), getpid(), "the server, not its workers");
    CHECK(is_cut_short() || strcmp(json_at(record, "visibility"), "full") == 0, "visibility %s",
          json_at(record, "visibility"));
    for (int i = 0; i < OWNERS; i++) {
        kill(owners[i], SIGKILL);
        waitpid(owners[i], NULL, 0);
    }
    close(listener);
}

static void many_sockets(void)
{
    int first = net_listener("127.0.0.1", 0, 0, 1), port = net_port(first);
    static int sockets[SOCKETS];
    const char *would;

    sockets[0] = first;
    for (int i = 1; i < SOCKETS; i++)
        sockets[i] = net_listener("127.0.0.1", port, 0, 1);
    meet("127.0.0.1", port);
    CHECK_STR(json_at(record, "reason"), "listening", "reason");
    CHECK_EQ(told(), SOCKETS, "sockets told of, or said to be left out");
    CHECK_STR(json_at(record, "would_succeed.newcomer_reuseaddr"), "false", "it never helps");
    would = json_at(record, "would_succeed.newcomer_reuseport");
    CHECK(strcmp(would, "true") == 0 || (strcmp(would, "null") == 0 && is_cut_short()),
          "SO_REUSEPORT helps, or it is said that not all could be looked at: %s, %s", would,
          json_at(record, "visibility"));
    for (int i = 0; i < SOCKETS; i++)
        close(sockets[i]);
}

/* From many addresses, so that each connection finds a port at once. */
static void leave_time_wait(int listener, int port, int number)
{
    char source[32];
    int client = net_tcp("127.0.0.1"), server;

    snprintf(source, sizeof source, "127.1.%d.%d", number / 200 % 200, number % 200 + 1);
    net_set(client, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    CHECK_RESULT(net_bind(client, source, 0), 0, "bind to %s", source);
    CHECK_RESULT(net_connect(client, "127.0.0.1", port), 0, "connect");
    server = net_accept(listener);
    close(server);
    close(client);
}

static void many_time_waits(int count)
{
    int listener = net_listener("127.0.0.1", 0, 1, 0), port = net_port(listener);
    long seconds = net_now_ms() / 1000;
    int held;

    net_sysctl("net/ipv4/tcp_max_tw_buckets", "300000");
    for (int i = 0; i < count; i++)
        leave_time_wait(listener, port, i);
    close(listener);
    seconds = net_now_ms() / 1000 - seconds;
    CHECK(seconds < 45, "made before the first ends: %ld s", seconds);
    held = net_rows(port, NET_TIME_WAIT); /* a few of the last may still be on their way */
    CHECK(held > count - count / 100, "%d in TIME_WAIT, seen %d", count, held);
    meet("127.0.0.1", port);
    CHECK_STR(json_at(record, "reason"), "time-wait", "reason");
    CHECK(told() >= held && told() <= count, "TIME_WAIT told of, or said to be left out: %ld of %d",
          told(), held);
    CHECK_STR(json_at(record, "would_succeed.newcomer_reuseaddr"), "true", "the option helps");
    CHECK_STR(json_at(record, "lacks_reuseaddr"), "newcomer", "who lacks it");
    CHECK(json_number_at(record, "frees_in_ms", 0) > 10 * 1000, "ends by itself: %s ms",
          json_at(record, "frees_in_ms"));
}

int main(int argc, char **argv)
{
    char log[32], format[] = "REUSESHIM_FORMAT=json";
    char *extra[] = { log, format, NULL };
    struct rlimit files = { SOCKETS + 200, SOCKETS + 200 };
    struct run_child server;

    if (argc > 1 && strcmp(argv[1], "newcomers") == 0) {
        newcomer_serve();
        return CHECK_PASSED;
    }
    CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0, "room for %d descriptors", SOCKETS);
    newcomer_open_channels();
    net_own_namespace();
    snprintf(log, sizeof log, "REUSESHIM_LOG=fd:%d", NEWCOMER_LOG);
    server = run_start_shimmed("newcomers", NULL, extra);
    many_owners();
    many_sockets();
    many_time_waits(getenv("REUSESHIM_LONG") ? TIME_WAITS_LONG : TIME_WAITS);
    run_kill(&server, SIGTERM);
    return CHECK_PASSED;
}

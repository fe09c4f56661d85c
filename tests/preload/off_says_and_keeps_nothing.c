/* Under off a socket's calls go straight through: nothing is told of their failure or misuse, and
 * nothing is remembered for a later explanation; sockets that another rule governs are told of as
 * ever. */
#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <string.h>
#include <unistd.h>

static const char address[] = "127.0.0.1";

static int again(int port)
{
    return net_bind(net_tcp(address), address, port);
}

/* Everything there is to tell: a failure, listen after it, the option too late, calls to log. */
static int play(void)
{
    int late = net_bound_tcp(address, 8081, 0, 0), refused = net_tcp(address), results[3];

    CHECK_RESULT(net_listen(late), 0, "listen");
    net_reuseaddr(late, 1);
    results[0] = net_bind(refused, address, 8081);
    results[1] = net_listen(refused);
    CHECK_RESULT(net_bind(net_tcp(address), address, 9090), 0, "a first bind of 9090");
    results[2] = again(9090);
    run_say("%d %d %d", results[0], results[1], results[2]);
    return 0;
}

/* The first bind of 8082 under `off`, the second under `explain`: who holds it comes from the
 * kernel then, but not where it was bound. */
static int play_mixed(void)
{
    int first = net_tcp(address), second = net_tcp("0.0.0.0");

    CHECK_RESULT(net_bind(first, address, 8082), 0, "the first bind");
    run_say("%d", net_bind(second, "0.0.0.0", 8082));
    return 0;
}

int main(int argc, char **argv)
{
    struct run_result run;
    const char *record;

    if (argc > 1)
        return strcmp(argv[1], "mixed") == 0 ? play_mixed() : play();
    net_own_namespace();

    run = run_shimmed("play", "explain", NULL);
    CHECK_STR(run.out, "-98 0 -98\n", "what happens");
    CHECK_EQ(told_lines(run.err, "[bound-twice]"), 2, "there is something to tell:\n%s", run.err);
    CHECK_EQ(told_lines(run.err, "[ignored-failure]"), 1, "there is something to tell:\n%s",
             run.err);
    CHECK_EQ(told_lines(run.err, "[set-after-bind]"), 1, "there is something to tell:\n%s",
             run.err);

    run = run_shimmed("play", "off", NULL);
    CHECK_STR(run.out, "-98 0 -98\n", "the same under off");
    CHECK_STR(run.err, "", "and nothing is told");
    run = run_shimmed("play", "any=off;log", NULL);
    CHECK_STR(run.err, "", "nothing with a selector");

    run = run_shimmed("play", "tcp:8081=off;explain", NULL);
    CHECK_STR(run.out, "-98 0 -98\n", "the same under off for one port");
    CHECK_EQ(told_lines(run.err, "8081"), 0, "nothing of that port:\n%s", run.err);
    CHECK_EQ(told_lines(run.err, " cannot bind 9090: "), 1, "but the other's:\n%s", run.err);
    run = run_shimmed("play", "tcp:8081=off;log", told_json);
    CHECK_EQ(told_lines(run.err, "\"port\":8081"), 0, "nothing of that port:\n%s", run.err);
    CHECK_EQ(told_records(run.err, "bind"), 2, "the other's binds");

    run = run_shimmed("mixed", "tcp@127.0.0.1=off;explain", told_json);
    CHECK_STR(run.out, "-98\n", "two sockets that meet");
    record = told_record(run.err, "bind_failed", 0);
    CHECK_STR(json_at(record, "reason"), "bound-twice", "the kernel knows who: %s", run.err);
    CHECK_STR(json_at(record, "holders.0.relation"), "self", "it is this process");
    CHECK_STR(json_at(record, "holders.0.bound_at"), "null", "the first bind was not recorded");
    CHECK_STR(json_at(record, "holders.0.stack"), "null", "nor its stack");
    return 0;
}

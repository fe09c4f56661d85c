/* A server that never sets the option, restarted over the TIME_WAIT of its own connections:
 * without the shim it is refused; under force in both runs it binds at once, 20 times out of 20;
 * under force in the second run alone it is refused and told why, and with a wait it gets over that
 * restart, too. Oracle: /proc/net/tcp, the kernel's answer, the clock. */
#include "check.h"
#include "diag.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PORT = 8013, ROUNDS = 20, CLIENTS = 3, AT_ONCE_MS = 1000 };
static const char address[] = "127.0.0.1";

/* One whole run of a server: binds, answers a few clients, closes first, ends. */
static int serve(void)
{
    int fd = net_tcp(address), result, i;
    long start = net_now_ms();

    result = net_bind(fd, address, PORT);
    if (result == 0)
        result = net_listen(fd);
    run_say("%d %ld", result, net_now_ms() - start);
    for (i = 0; result == 0 && i < CLIENTS; i++) {
        struct net_pair pair = net_pair(fd);

        close(pair.server);
        close(pair.client);
    }
    return 0;
}

/* Runs it once and returns what bind and listen gave. */
static int run_server(const char *policy, long *took_ms, struct run_result *run)
{
    int result;

    *run = policy != NULL ? run_shimmed("serve", policy, told_json) : run_self("serve", NULL);
    CHECK_EQ(run->status, 0, "the server: %s", run->err);
    CHECK_EQ(sscanf(run->out, "%d %ld", &result, took_ms), 2, "what it said: %s", run->out);
    return result;
}

static void expect(const char *policy, int expected, const char *when)
{
    struct run_result run;
    long took_ms;

    CHECK_RESULT(run_server(policy, &took_ms, &run), expected, "%s, under %s", when,
                 policy != NULL ? policy : "no shim");
    CHECK(took_ms < AT_ONCE_MS, "it is answered at once, not after %ld ms", took_ms);
}

static void every_time(void)
{
    int round;

    for (round = 0; round < ROUNDS; round++) {
        if (round > 0)
            CHECK(net_rows(PORT, NET_TIME_WAIT) > 0, "TIME_WAITs of round %d", round - 1);
        expect("force", 0, "a restart");
    }
    expect(NULL, -98, "the next one");
    expect("explain", -98, "the next one");
    expect("clear", -98, "the next one");
    expect("tcp:8014=force", -98, "the next one");
    expect("force", 0, "the next one");
}

static bool end_time_waits(void *unused)
{
    struct diag_rows rows = diag_port(AF_INET, PORT);
    int i;

    (void)unused;
    for (i = 0; i < rows.count; i++)
        diag_destroy(AF_INET, &rows.row[i], address);
    return net_rows(PORT, 0) == 0;
}

static bool has_content(void *path)
{
    struct stat status;

    return stat(path, &status) == 0 && status.st_size > 0;
}

/* The first restart under force: the TIME_WAITs are those of a run without. */
static void first_restart(void)
{
    struct run_child waiting;
    struct run_result run;
    const char *record;
    char line[64], log[256], variable[300];
    char *const to_log[] = {variable, NULL};
    long took_ms;
    int result;

    snprintf(variable, sizeof variable, "REUSESHIM_LOG=%s", folder_file(log, sizeof log, "log"));
    expect(NULL, 0, "the unforced run");
    CHECK_RESULT(run_server("force", &took_ms, &run), -98, "force alone cannot help");
    record = told_record(run.err, "bind_failed", 0);
    CHECK_STR(json_at(record, "reason"), "time-wait", "told: %s", run.err);
    CHECK_STR(json_at(record, "lacks_reuseaddr"), "holder", "told: %s", run.err);
    CHECK_STR(json_at(record, "would_succeed.newcomer_reuseaddr"), "false", "told: %s", run.err);
    CHECK_STR(json_at(record, "would_succeed.both_reuseaddr"), "true", "told: %s", run.err);
    CHECK(json_number_at(record, "frees_in_ms", -1) > 50000, "its end is told: %s", run.err);

    /* The minute of TIME_WAIT is cut short here, by the kernel's own means. */
    waiting = run_start_shimmed("serve", "force+wait:90s", to_log);
    CHECK(wait_until(has_content, log, 5000), "it is refused, and says so while it waits");
    CHECK(wait_until(end_time_waits, NULL, 3000), "no TIME_WAIT is left");
    run_line(&waiting, line, sizeof line);
    CHECK_EQ(sscanf(line, "%d %ld", &result, &took_ms), 2, "what it said: %s", line);
    CHECK_RESULT(result, 0, "it gets over the first restart by waiting");
    run_stop(&waiting);
    expect("force", 0, "and from then on it restarts at once");
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return serve();
    net_own_namespace();
    every_time();
    net_own_namespace();
    first_restart();
    return 0;
}

/* A restart fails because of a process that is gone: it is named, with the stack of its bind, when
 * it ended if that is known, and with the option that it had lacked, which is known and not
 * guessed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

static const char address[] = "127.0.0.1";
static char setting[512];
static char *const extra[] = {setting, (char *)(size_t)"REUSESHIM_VERBOSE=1", NULL};
static char *const extra_json[] = {setting, (char *)(size_t)"REUSESHIM_FORMAT=json", NULL};

__attribute__((noinline)) int open_listener(int reuseaddr);

int open_listener(int reuseaddr)
{
    int fd = net_tcp(address);

    net_reuseaddr(fd, reuseaddr);
    CHECK_RESULT(net_bind(fd, address, 8080), 0, "bind");
    CHECK_RESULT(net_listen(fd), 0, "listen");
    return fd;
}

/* A server that closes first, and ends. */
static void serve(int reuseaddr)
{
    int listener = open_listener(reuseaddr);
    struct net_pair pair = net_pair(listener);

    close(listener);
    net_close_server_first(&pair);
}

static void bind_again(int reuseaddr)
{
    int fd = net_tcp(address);

    net_reuseaddr(fd, reuseaddr);
    CHECK_RESULT(net_bind(fd, address, 8080), -98, "the next run");
}

static int play(const char *role)
{
    if (strcmp(role, "server") == 0)
        serve(0);
    else if (strcmp(role, "server with") == 0)
        serve(1);
    else if (strcmp(role, "killed") == 0) {
        serve(0);
        raise(SIGKILL);
    } else if (strcmp(role, "again") == 0)
        bind_again(1);
    else
        bind_again(0);
    return 0;
}

static void history(const char *name)
{
    char path[400];

    folder_file(path, sizeof path, name);
    snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=%s", path);
}

static struct run_result restart(const char *name, const char *first, const char *second,
                                 char *const settings[])
{
    struct run_result result;

    history(name);
    net_own_namespace(); /* nothing is left of the case before */
    result = run_shimmed(first, NULL, extra);
    CHECK(result.status == 0 || strcmp(first, "killed") == 0, "%s: %s", first, result.err);
    net_wait_rows(8080, NET_TIME_WAIT, 1);
    result = run_shimmed(second, NULL, settings);
    CHECK_EQ(result.status, 0, "%s: %s", second, result.err);
    return result;
}

int main(int argc, char **argv)
{
    struct run_result result;
    const char *record;

    if (argc > 1)
        return play(argv[1]);

    result = restart("a", "server", "again", extra);
    CHECK_CONTAINS(told_unfolded(result.err), "[time-wait]", "the reason");
    CHECK_CONTAINS(told_line(told_unfolded(result.err), "  holder ", 0), "names_the_dead",
                   "the dead is named");
    CHECK_CONTAINS(told_line(told_unfolded(result.err), "  holder ", 0), ", ended ",
                   "when it ended");
    CHECK_CONTAINS(told_unfolded(result.err), "open_listener+0x", "where it was bound");
    CHECK_CONTAINS(told_unfolded(result.err), "the last run of this program", "what it was");

    result = restart("b", "killed", "again", extra);
    CHECK_CONTAINS(told_line(told_unfolded(result.err), "  holder ", 0), "; it has ended",
                   "killed: that it ended is known, when is not");
    CHECK_CONTAINS(told_unfolded(result.err), "holder   last seen there: ",
                   "nor that it was the last");
    CHECK_LACKS(told_unfolded(result.err), "last run", "nor that it was the last");
    CHECK_CONTAINS(told_unfolded(result.err), "open_listener+0x", "where it was bound");

    /* Nobody is asked: without a probe this could not be told. */
    result = restart("c", "server with", "again without", extra_json);
    record = told_record(result.err, "bind_failed", 0);
    CHECK_STR(json_at(record, "lacks_reuseaddr"), "newcomer", "the dead had the option");
    CHECK_STR(json_at(record, "holders.0.flags.reuseaddr"), "true", "so has what it left");
    CHECK(strcmp(json_at(record, "holders.0.bound_at"), "null") != 0, "when it was bound");
    CHECK(json_length(record, "holders.0.stack") > 0, "where it was bound");
    result = restart("d", "server", "again without", extra_json);
    record = told_record(result.err, "bind_failed", 0);
    CHECK_STR(json_at(record, "lacks_reuseaddr"), "both", "neither had it");
    CHECK_STR(json_at(record, "holders.0.flags.reuseaddr"), "false", "the dead had not");

    /* Without a history nothing of it is told. */
    strcpy(setting, "REUSESHIM_HISTORY=off");
    net_own_namespace();
    run_shimmed("server", NULL, extra);
    net_wait_rows(8080, NET_TIME_WAIT, 1);
    result = run_shimmed("again", NULL, extra);
    CHECK_CONTAINS(told_unfolded(result.err), "[time-wait]", "the reason");
    CHECK_LACKS(told_unfolded(result.err), "ended", "nothing is known of the dead");
    return 0;
}

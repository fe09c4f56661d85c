/* What holds the name of a UNIX socket: a live server (who it is, by pid and descriptor), a file
 * left over, something that is no socket, an abstract name. Oracle: the situation itself. */
#include "check.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};

/* What becomes of the bound socket. */
static void serve(int fd)
{
    CHECK_RESULT(net_listen(fd), 0, "listen");
}

/* Its connection lives on without it. */
static void serve_one(int fd, const char *name)
{
    int client = net_unix(SOCK_STREAM);

    serve(fd);
    CHECK_RESULT(net_connect(client, name, 0), 0, "connect");
    net_accept(fd);
    close(fd);
}

/* It is a client with a name of its own. */
static void visit(int fd)
{
    int server = net_unix(SOCK_STREAM);

    CHECK_RESULT(net_bind(server, "@server", 0), 0, "bind");
    serve(server);
    CHECK_RESULT(net_connect(fd, "@server", 0), 0, "connect");
    net_accept(server);
}

/* Role: "try TYPE NAME", or "hold", "visit" or "leave" for who has it; says the result, or the
 * descriptor. */
static int play(const char *role)
{
    char name[PATH_MAX];
    int type, fd, result;

    CHECK_EQ(sscanf(role, "%*s %d %4095s", &type, name), 2, "a role: %s", role);
    fd = net_unix(types[type]);
    result = net_bind(fd, name, 0);
    if (strncmp(role, "try", 3) == 0) {
        run_say("%d", result);
        return 0;
    }
    CHECK_RESULT(result, 0, "bind %s", name);
    if (strncmp(role, "visit", 5) == 0)
        visit(fd);
    else if (strncmp(role, "leave", 5) == 0)
        serve_one(fd, name);
    else if (type != 1)
        serve(fd);
    run_say("%d", fd);
    run_until_stopped();
    return 0;
}

/* The record of the refused bind; the headline has been looked at, too. */
static const char *refused(int type, const char *name, const char *reason)
{
    char role[PATH_MAX + 16], headline[32];
    struct run_result run;
    const char *record;

    snprintf(role, sizeof role, "try %d %s", type, name);
    run = run_shimmed(role, "explain", NULL);
    CHECK_STR(run.out, "-98\n", "bind %s: %s", name, run.err);
    snprintf(headline, sizeof headline, " [%s]", reason);
    CHECK_EQ(told_lines(run.err, headline), 1, "the headline has [%s]:\n%s", reason, run.err);
    run = run_shimmed(role, "explain", told_json);
    record = told_record(run.err, "bind_failed", 0);
    CHECK_STR(json_at(record, "reason"), reason, "the record: %s", run.err);
    CHECK_STR(json_at(record, "proto"), "unix", "the record: %s", record);
    CHECK_STR(json_at(record, "family"), "unix", "the record: %s", record);
    CHECK_STR(json_at(record, "address"), name, "the record: %s", record);
    CHECK_STR(json_at(record, "port"), "null", "the record: %s", record);
    CHECK_STR(json_at(record, "would_succeed.newcomer_reuseaddr"), "false", "no option helps");
    CHECK_STR(json_at(record, "would_succeed.both_reuseport"), "false", "no option helps");
    return record;
}

static void live(const char *how, int type, const char *name, const char *reason)
{
    struct run_child holder;
    const char *record;
    char role[PATH_MAX + 16];
    int fd;

    snprintf(role, sizeof role, "%s %d %s", how, type, name);
    holder = run_start_self(role, NULL);
    fd = run_number(&holder);
    record = refused(type, name, reason);
    CHECK_EQ(json_length(record, "holders"), 1, "one holder: %s", record);
    CHECK_EQ(json_number_at(record, "holders.0.pid", -1), holder.pid, "its pid: %s", record);
    CHECK_EQ(json_number_at(record, "holders.0.fd", -1), fd, "its descriptor: %s", record);
    CHECK_STR(json_at(record, "holders.0.state"),
              strcmp(how, "hold") == 0 && type != 1 ? "LISTEN" : "BOUND", "its state: %s", record);
    CHECK_STR(json_at(record, "holders.0.relation"), "same-program", "its relation: %s", record);
    run_stop(&holder);
}

/* The connections of a server that has ended do not hold its file: it is stale, and removed. */
static void left(const char *path)
{
    struct run_child children;
    struct run_result run;
    char role[PATH_MAX + 16];

    snprintf(role, sizeof role, "leave 0 %s", path);
    children = run_start_self(role, NULL);
    run_number(&children);
    refused(0, path, "unix-stale");
    snprintf(role, sizeof role, "try 0 %s", path);
    run = run_shimmed(role, "unix=unlink", NULL);
    CHECK_STR(run.out, "0\n", "removed: %s", run.err);
    run_stop(&children);
    unlink(path);
}

int main(int argc, char **argv)
{
    char path[PATH_MAX];
    int i;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    folder_file(path, sizeof path, "a-name");

    for (i = 0; i < 3; i++) {
        live("hold", i, path, "unix-live");
        refused(i, path, "unix-stale"); /* the holder is gone, its file is not */
        CHECK(unlink(path) == 0, "the file that was left");
        live("hold", i, "@abstract-name", "unix-abstract");
    }
    live("visit", 0, path, "unix-live");
    CHECK(unlink(path) == 0, "the file that was left");
    live("visit", 0, "@abstract-name", "unix-abstract");
    left(path);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    refused(0, path, "unix-not-a-socket");
    CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0, "a folder");
    refused(1, path, "unix-not-a-socket");
    return 0;
}

/* REUSESHIM_LOG=syslog and =journal: the daemon gets each record as its own protocol wants it, the
 * program's stderr nothing; where there is no daemon the program runs on as ever. The daemons are
 * sockets of the test's own, in a mount namespace of its own. */
#include "check.h"
#include "folder.h"
#include "json.h"
#include "mounts.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PORT = 8080, CROWDED_PORT = 8090, CROWD = 60, SYSLOG_MAX = 8000 };
static const char address[] = "127.0.0.1";
static char to_syslog[] = "REUSESHIM_LOG=syslog", to_journal[] = "REUSESHIM_LOG=journal";
static char as_json[] = "REUSESHIM_FORMAT=json";

/* As a daemon does that writes its own log: standard error is another file from now on. */
static int play_daemon(const char *path)
{
    int own = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), result = 0;

    CHECK(own >= 0 && dup2(own, STDERR_FILENO) == STDERR_FILENO, "a log of its own");
    for (int i = 0; i < 3; i++)
        result = net_bind(net_tcp(address), address, PORT);
    run_say("%d", result);
    return 0;
}

static int play(bool crowded)
{
    if (crowded)
        run_say("%d", net_bind(net_tcp("0.0.0.0"), "0.0.0.0", CROWDED_PORT));
    else
        run_say("%d", net_bind(net_tcp(address), address, PORT));
    return 0;
}

/* What is said by those who cannot open /dev/null is of no use here. */
static void own_folders(void)
{
    if (!mounts_unshare())
        skip("no mount namespace of one's own: %s", check_errno_name(errno));
    if (mount("none", "/dev", "tmpfs", 0, NULL) != 0 ||
        mount("none", "/run", "tmpfs", 0, NULL) != 0)
        skip("no tmpfs can be mounted: %s", check_errno_name(errno));
    CHECK(mkdir("/run/systemd", 0755) == 0 && mkdir("/run/systemd/journal", 0755) == 0, "folders");
}

static int daemon_at(const char *path, int type)
{
    int fd = net_unix(type);

    CHECK_RESULT(net_bind(fd, path, 0), 0, "bind %s", path);
    return fd;
}

/* The next message, with a zero behind it; -1 if none comes. */
static ssize_t receive(int fd, char *text, size_t size)
{
    struct pollfd end = {.fd = fd, .events = POLLIN};
    ssize_t length = poll(&end, 1, 500) > 0 ? recv(fd, text, size - 1, 0) : -1;

    text[length > 0 ? length : 0] = '\0';
    return length;
}

static struct run_result run_part(const char *part, char *where, char *format)
{
    char *const extra[] = {where, format, NULL};
    struct run_result run = run_shimmed(part, "explain", extra);

    CHECK_STR(run.out, "-98\n", "what the program sees with %s: %s", where, run.err);
    return run;
}

static struct run_result run_with(char *where, char *format)
{
    return run_part("play", where, format);
}

static void run_to(char *where, char *format)
{
    struct run_result run = run_with(where, format);

    CHECK_STR(run.err, "", "nothing on stderr with %s", where);
}

static void syslog_lines(void)
{
    int fd = daemon_at("/dev/log", SOCK_DGRAM), lines = 0;
    char text[8192];

    run_to(to_syslog, NULL);
    receive(fd, text, sizeof text);
    /* <27> is daemon.err */
    CHECK(strncmp(text, "<27>reuseshim[", 14) == 0, "priority, name and pid: %s", text);
    CHECK_CONTAINS(text, "[listening]",
                   "the headline");
    while (receive(fd, text, sizeof text) > 0) {
        CHECK(strncmp(text, "<27>reuseshim[", 14) == 0, "each line is a message: %s", text);
        CHECK_LACKS(text, "\n", "a line in a message");
        lines++;
    }
    CHECK(lines >= 3, "holder, fix, rule: %d lines", lines);
    run_to(to_syslog, as_json);
    receive(fd, text, sizeof text);
    CHECK(json_is_object(strchr(text, '{')), "a JSON record is one message: %s", text);
    CHECK(receive(fd, text, sizeof text) < 0, "and one only");
    close(fd);
    unlink("/dev/log");
}

/* Syslog daemons cut what is longer than some 8,100 bytes: a record of 60 holders has 200,000. */
static void syslog_crowd(void)
{
    int fd = daemon_at("/dev/log", SOCK_DGRAM), i;
    char text[65536], holder[32];
    const char *record;

    for (i = 0; i < CROWD; i++) {
        snprintf(holder, sizeof holder, "127.0.1.%d", i + 1);
        net_listener(holder, CROWDED_PORT, 0, 0);
    }
    run_part("crowded", to_syslog, as_json);
    receive(fd, text, sizeof text);
    record = strchr(text, '{');
    CHECK(record != NULL && json_is_object(record), "valid JSON: %s", text);
    CHECK(strlen(record) <= SYSLOG_MAX, "%zu bytes", strlen(record));
    CHECK(strlen(record) > SYSLOG_MAX / 2, "the room is used: %zu bytes", strlen(record));
    CHECK_CONTAINS(record, "\"holders\":[{\"address\":\"127.0.1.", "the first holder is told");
    CHECK_CONTAINS(record, "\"holders_left_out\":", "others are counted");
    CHECK(receive(fd, text, sizeof text) < 0, "one message");
    close(fd);
    unlink("/dev/log");
}

static void syslog_stream(void)
{
    int fd = daemon_at("/dev/log", SOCK_STREAM), connection;
    char text[8192];

    CHECK_RESULT(net_listen(fd), 0, "listen");
    run_to(to_syslog, NULL);
    connection = net_accept(fd);
    CHECK(recv(connection, text, sizeof text, MSG_WAITALL) > 0, "what came over the stream");
    CHECK_CONTAINS(text, " [listening]",
                   "a zero ends the first message");
    close(connection);
    close(fd);
    unlink("/dev/log");
}

static void check_message(const char *text, ssize_t length, const char *content)
{
    const char *message = memmem(text, (size_t)length, "\nMESSAGE\n", 9);
    uint64_t size = 0;
    int i;

    CHECK(message != NULL, "a field MESSAGE: %s", text);
    message += 9;
    for (i = 7; i >= 0; i--)
        size = size << 8 | (unsigned char)message[i];
    message += 8;
    CHECK_EQ(message + size + 1, text + length, "its size, a newline, and the end");
    CHECK(memmem(message, size, content, strlen(content)) != NULL, "%s is in: %s", content,
          message);
}

static void journal_fields(void)
{
    static const char *const fields[] = {
        "PRIORITY=3\n",       "SYSLOG_IDENTIFIER=reuseshim\n", "REUSESHIM_EVENT=bind_failed\n",
        "REUSESHIM_REASON=listening\n", "REUSESHIM_PROTOCOL=tcp\n",
        "REUSESHIM_ADDRESS=127.0.0.1:8080\n", "ERRNO=98\n",    "MESSAGE_ID=",
    };
    int fd = daemon_at("/run/systemd/journal/socket", SOCK_DGRAM);
    char text[65536];
    ssize_t length;
    size_t i;

    run_to(to_journal, NULL);
    length = receive(fd, text, sizeof text);
    for (i = 0; i < sizeof fields / sizeof *fields; i++)
        CHECK_CONTAINS(text, fields[i], "a field");
    check_message(text, length, " cannot bind ");
    check_message(text, length, "\n  rule     ");
    CHECK(receive(fd, text, sizeof text) < 0, "a record is one entry");
    run_to(to_journal, as_json);
    length = receive(fd, text, sizeof text);
    check_message(text, length, "{\"v\":1,\"time\":\"");
    close(fd);
}

static char own_log[PATH_MAX];

/* Returns what it said on the standard error that it was started with. */
static void run_daemon(void)
{
    char role[PATH_MAX + 16];
    struct run_result run;
    struct stat status;

    snprintf(role, sizeof role, "daemon %s", own_log);
    run = run_shimmed(role, "explain", NULL);
    CHECK_STR(run.out, "-98\n", "what the daemon sees: %s", run.err);
    CHECK_STR(run.err, "", "nothing on the old standard error");
    CHECK(stat(own_log, &status) == 0 && status.st_size == 0, "nothing in the daemon's own log");
}

static void daemons_get_their_answer(void)
{
    char text[65536];
    int syslog, journal;
    ssize_t length;

    folder_file(own_log, sizeof own_log, "own.log");
    run_daemon(); /* there is neither: silence, as before */
    syslog = daemon_at("/dev/log", SOCK_DGRAM);
    run_daemon();
    CHECK(receive(syslog, text, sizeof text) > 0, "syslog is told");
    CHECK_CONTAINS(text, "[listening]", "the headline");
    while (receive(syslog, text, sizeof text) > 0)
        CHECK_LACKS(text, "[listening]", "once");
    unlink("/run/systemd/journal/socket");
    journal = daemon_at("/run/systemd/journal/socket", SOCK_DGRAM);
    run_daemon();
    length = receive(journal, text, sizeof text);
    check_message(text, length, "[listening]");
    CHECK(receive(journal, text, sizeof text) < 0, "once");
    CHECK(receive(syslog, text, sizeof text) < 0, "in one of the two");
    close(journal);
    close(syslog);
    unlink("/dev/log");
    unlink("/run/systemd/journal/socket");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strncmp(argv[1], "daemon ", 7) == 0)
        return play_daemon(argv[1] + 7);
    if (argc > 1)
        return play(strcmp(argv[1], "crowded") == 0);
    net_own_namespace();
    own_folders();
    net_listener(address, PORT, 0, 0);

    run_with(to_syslog, NULL); /* nobody there */
    run_with(to_journal, NULL);
    syslog_lines();
    syslog_crowd();
    syslog_stream();
    journal_fields();
    unlink("/run/systemd/journal/socket");
    daemons_get_their_answer();
    run_with(to_syslog, NULL); /* nobody there any more */
    return 0;
}

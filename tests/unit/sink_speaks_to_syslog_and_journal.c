/* Claim: syslog gets each line as a message of its own, with tag and priority; the journal gets one
 * entry for a record, with fields, and a sealed file where it is too large for a datagram; a daemon
 * that is not there or does not read costs the record only. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "mounts.h"
#include "records.h"
#include "sinks.h"

#define SYSLOG "/dev/log"
#define JOURNAL "/run/systemd/journal/socket"

static bool alone; /* in a mount namespace of our own, where both folders are empty */
static char buffer[400000];

static int move_away(void **state)
{
    (void)state;
    alone = mounts_unshare() &&
            mount("none", "/dev", "tmpfs", 0, NULL) == 0 &&
            mount("none", "/run", "tmpfs", 0, NULL) == 0 && mkdir("/run/systemd", 0755) == 0 &&
            mkdir("/run/systemd/journal", 0755) == 0;
    return 0;
}

/* A daemon's socket at PATH; skips the test where we may not make one. */
static int serve(const char *path, int type)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

    if (!alone)
        skip();
    strcpy(name.sun_path, path);
    unlink(path);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(fd, 4), 0);
    return fd;
}

static void expect_message(int fd, const char *expected)
{
    ssize_t length = recv(fd, buffer, sizeof buffer - 1, 0);

    assert_true(length > 0);
    buffer[length] = '\0';
    assert_string_equal(buffer, expected);
}

static void syslog_lines(void **state)
{
    static const char text[] = "reuseshim: bind failed\n  why    because\n";
    struct record record = {.event = EVENT_BIND_FAILED};
    char expected[128];
    int fd = serve(SYSLOG, SOCK_DGRAM);

    (void)state;
    sinks_open("syslog");
    assert_int_equal(sink_check(), 0);
    assert_int_equal(sink_write(&record, text, sizeof text - 1), 0);
    snprintf(expected, sizeof expected, "<27>reuseshim[%d]: bind failed", (int)getpid());
    expect_message(fd, expected);
    snprintf(expected, sizeof expected, "<27>reuseshim[%d]:   why    because", (int)getpid());
    expect_message(fd, expected);
    record.event = EVENT_MISUSE;
    assert_int_equal(sink_write(&record, "one\n", 4), 0);
    snprintf(expected, sizeof expected, "<28>reuseshim[%d]: one", (int)getpid());
    expect_message(fd, expected);
    record.event = EVENT_BIND;
    assert_int_equal(sink_write(&record, "{}\n", 3), 0);
    snprintf(expected, sizeof expected, "<30>reuseshim[%d]: {}", (int)getpid());
    expect_message(fd, expected);
    close(fd);
}

static void syslog_stream(void **state)
{
    struct record record = {.event = EVENT_BIND};
    int fd = serve(SYSLOG, SOCK_STREAM), peer;
    ssize_t length;

    (void)state;
    sinks_open("syslog");
    assert_int_equal(sink_write(&record, "a\nb\n", 4), 0);
    peer = accept(fd, NULL, NULL);
    length = recv(peer, buffer, sizeof buffer, 0);
    assert_true(length > 0);
    assert_int_equal(buffer[length - 1], '\0');
    assert_string_equal(strchr(buffer, ':'), ": a");
    assert_string_equal(strchr(buffer + strlen(buffer) + 1, ':'), ": b");
    close(peer);
    close(fd);
}

static void nobody_there(void **state)
{
    uint64_t lost = sink_lost();

    (void)state;
    if (!alone)
        skip();
    unlink(SYSLOG);
    unlink(JOURNAL);
    sinks_open("syslog");
    assert_int_equal(sink_check(), -ENOENT);
    assert_int_equal(sinks_write(10), -ENOENT);
    sinks_open("journal");
    assert_int_equal(sink_check(), -ENOENT);
    assert_int_equal(sinks_write(10), -ENOENT);
    assert_int_equal(sink_lost(), lost + 2);
}

static void daemon_that_does_not_read(void **state)
{
    int fd = serve(JOURNAL, SOCK_DGRAM), i, result = 0;

    (void)state;
    sinks_open("journal");
    for (i = 0; i < 2000 && result == 0; i++)
        result = sinks_write(1000);
    assert_int_equal(result, -ETIMEDOUT);
    close(fd);
}

static const char fields[] =
    "PRIORITY=3\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=reuseshim\n"
    "MESSAGE_ID=5f3c0d1e8a9b4c77b1f26de04a8e9c31\nREUSESHIM_EVENT=bind_failed\n"
    "REUSESHIM_PROGRAM=server\nERRNO=98\nREUSESHIM_REASON=time-wait\nREUSESHIM_PROTOCOL=tcp\n"
    "REUSESHIM_ADDRESS=0.0.0.0:8080\nMESSAGE\n";

/* BYTES is an entry with these fields and a message of LENGTH bytes. */
static void expect_entry(const char *bytes, size_t total, size_t length)
{
    uint64_t told = 0;
    size_t i;

    assert_int_equal(total, sizeof fields - 1 + 8 + length + 1);
    assert_memory_equal(bytes, fields, sizeof fields - 1);
    for (i = 0; i < 8; i++)
        told |= (uint64_t)(unsigned char)bytes[sizeof fields - 1 + i] << 8 * i;
    assert_int_equal(told, length);
    assert_int_equal(bytes[total - 1], '\n');
}

static void journal_entry(void **state)
{
    static const char text[] = "reuseshim: bind failed\n  why    because\n";
    struct sample sample;
    int fd = serve(JOURNAL, SOCK_DGRAM);
    ssize_t length;

    (void)state;
    sample_time_wait(&sample);
    sinks_open("journal");
    assert_int_equal(sink_check(), 0);
    assert_int_equal(sink_write(&sample.record, text, sizeof text - 1), 0);
    length = recv(fd, buffer, sizeof buffer, 0);
    assert_true(length > 0);
    expect_entry(buffer, (size_t)length, sizeof text - 2);
    assert_memory_equal(buffer + sizeof fields + 7, text, sizeof text - 2);
    close(fd);
}

static void large_journal_entry(void **state)
{
    static char text[300000];
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = {.msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    struct sample sample;
    int fd = serve(JOURNAL, SOCK_DGRAM), file, before;
    ssize_t length;

    (void)state;
    sample_time_wait(&sample);
    memset(text, 'x', sizeof text);
    sinks_open("journal");
    before = sinks_descriptors();
    assert_int_equal(sink_write(&sample.record, text, sizeof text), 0);
    assert_int_equal(sinks_descriptors(), before);
    assert_int_equal(recvmsg(fd, &message, 0), 0);
    assert_int_equal(CMSG_FIRSTHDR(&message)->cmsg_type, SCM_RIGHTS);
    memcpy(&file, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof file);
    assert_int_equal(fcntl(file, F_GET_SEALS),
                     F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    length = pread(file, buffer, sizeof buffer, 0);
    expect_entry(buffer, (size_t)length, sizeof text);
    close(file);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syslog_lines),        cmocka_unit_test(syslog_stream),
        cmocka_unit_test(nobody_there),        cmocka_unit_test(daemon_that_does_not_read),
        cmocka_unit_test(journal_entry),       cmocka_unit_test(large_journal_entry),
    };

    return cmocka_run_group_tests(tests, move_away, NULL);
}

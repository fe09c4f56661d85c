/* Claim: a record reaches its place by one write, whole and in order; the log file is appended to,
 * made with mode 0600, named after the process where %p stands, and never left open. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sinks.h"

static char buffer[200000];

static void open_descriptor(int fd)
{
    char log[32];

    snprintf(log, sizeof log, "fd:%d", fd);
    sinks_open(log);
    assert_int_equal(sink_check(), 0);
}

/* Each read of a packet socket gives what one write gave it. */
static void packet_socket(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    open_descriptor(ends[1]);
    assert_int_equal(sinks_write(100), 0);
    assert_int_equal(sinks_write(50000), 0);
    assert_int_equal(read(ends[0], buffer, sizeof buffer), 100);
    assert_int_equal(read(ends[0], buffer, sizeof buffer), 50000);
    close(ends[0]);
    close(ends[1]);
}

static void packet_pipe(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_DIRECT), 0);
    open_descriptor(ends[1]);
    assert_int_equal(sinks_write(100), 0);
    assert_int_equal(sinks_write(4000), 0);
    assert_int_equal(read(ends[0], buffer, sizeof buffer), 100);
    assert_int_equal(read(ends[0], buffer, sizeof buffer), 4000);
    close(ends[0]);
    close(ends[1]);
}

static void file(void **state)
{
    char log[] = "/tmp/sink-test-XXXXXX", pattern[64], path[64];
    struct stat status;
    int fd = mkstemp(log), before;

    (void)state;
    close(fd);
    unlink(log);
    snprintf(pattern, sizeof pattern, "%s.%%p", log);
    snprintf(path, sizeof path, "%s.%d", log, (int)getpid());
    sinks_open(pattern);
    before = sinks_descriptors();
    umask(0);
    assert_int_equal(sink_check(), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(sinks_write(100), 0);
    assert_int_equal(sinks_write(20), 0);
    assert_int_equal(sinks_descriptors(), before);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_size, 120);
    unlink(path); /* rotated away: it is made anew */
    assert_int_equal(sinks_write(7), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 7);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packet_socket),
        cmocka_unit_test(packet_pipe),
        cmocka_unit_test(file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

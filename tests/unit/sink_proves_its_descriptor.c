/* Claim: a descriptor that was closed, or whose number another file has taken, gets no record: what
 * would go there is lost and counted. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sinks.h"

static int temporary(void)
{
    char path[] = "/tmp/sink-test-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

static off_t size_of(int fd)
{
    struct stat status;

    assert_int_equal(fstat(fd, &status), 0);
    return status.st_size;
}

/* Descriptor FD under LOG: written to while it is the file of the start, and never else. */
static void check(const char *log, int fd)
{
    uint64_t lost = sink_lost();
    int ours = temporary(), theirs = temporary();

    assert_int_equal(dup2(ours, fd), fd);
    sinks_open(log);
    assert_int_equal(sink_check(), 0);
    assert_int_equal(sinks_write(10), 0);
    assert_int_equal(dup2(theirs, fd), fd);
    assert_int_equal(sink_check(), -ESTALE);
    assert_int_equal(sinks_write(10), -ESTALE);
    assert_int_equal(close(fd), 0);
    assert_int_equal(sinks_write(10), -EBADF);
    assert_int_equal(dup2(ours, fd), fd); /* the same file again: it is ours */
    assert_int_equal(sinks_write(10), 0);
    assert_int_equal(size_of(ours), 20);
    assert_int_equal(size_of(theirs), 0);
    assert_int_equal(sink_lost(), lost + 2);
    close(ours);
    close(theirs);
}

static void standard_error(void **state)
{
    int saved = dup(STDERR_FILENO);

    (void)state;
    check("stderr", STDERR_FILENO);
    dup2(saved, STDERR_FILENO);
    close(saved);
}

static void numbered(void **state)
{
    (void)state;
    check("fd:77", 77);
    close(77);
}

/* What was not open at start never becomes the log: descriptor 2 is it then. */
static void opened_later(void **state)
{
    int fd, error = temporary(), saved = dup(STDERR_FILENO);

    (void)state;
    close(78);
    assert_int_equal(dup2(error, STDERR_FILENO), STDERR_FILENO);
    sinks_open("fd:78");
    assert_true(sink_lacks_descriptor());
    assert_int_equal(sink_check(), -EBADF);
    fd = temporary();
    assert_int_equal(dup2(fd, 78), 78);
    assert_int_equal(sinks_write(10), 0);
    assert_int_equal(size_of(fd), 0);
    assert_int_equal(size_of(error), 10);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(error);
    close(fd);
    close(78);
}

static void before_the_start(void **state)
{
    uint64_t lost = sink_lost();

    (void)state;
    assert_int_equal(sinks_write(10), -EBADF);
    assert_int_equal(sink_check(), -EBADF);
    assert_false(sink_wants_color());
    assert_int_equal(sink_lost(), lost + 1);
}

static void only_for_reading(void **state)
{
    int fd = open("/dev/null", O_RDONLY);

    (void)state;
    assert_int_equal(dup2(fd, 79), 79);
    sinks_open("fd:79");
    assert_int_equal(sink_check(), -EBADF);
    assert_int_equal(sinks_write(10), -EBADF);
    close(fd);
    close(79);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_start), /* has to be the first */
        cmocka_unit_test(standard_error),
        cmocka_unit_test(numbered),
        cmocka_unit_test(opened_later),
        cmocka_unit_test(only_for_reading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

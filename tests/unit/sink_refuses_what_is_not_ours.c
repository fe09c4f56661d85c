/* Claim: a log path that is a link, a folder or another user's file is not written to and not
 * followed; a pipe with a reader is; looking whether it would work creates nothing. */
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

static char folder[] = "/tmp/sink-test-XXXXXX";
static char path[64], other[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/log", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static int drop_files(void **state)
{
    (void)state;
    unlink(path);
    rmdir(path);
    unlink(other);
    return 0;
}

static void expect(int result)
{
    uint64_t lost = sink_lost();

    sinks_open(path);
    assert_int_equal(sink_check(), result);
    assert_int_equal(sinks_write(100), result);
    assert_int_equal(sink_lost(), lost + (result < 0));
}

static void link_to_a_file(void **state)
{
    struct stat status;

    (void)state;
    close(open(other, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(symlink(other, path), 0);
    expect(-ELOOP);
    assert_int_equal(stat(other, &status), 0);
    assert_int_equal(status.st_size, 0);
}

static void dangling_link(void **state)
{
    (void)state;
    assert_int_equal(symlink(other, path), 0);
    expect(-ELOOP);
    assert_int_equal(access(other, F_OK), -1);
}

static void directory(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path, 0700), 0);
    expect(-EISDIR);
}

static void strangers_file(void **state)
{
    struct stat status;

    (void)state;
    if (geteuid() != 0)
        skip();
    close(open(path, O_CREAT | O_WRONLY, 0666));
    assert_int_equal(chown(path, 65533, 65533), 0);
    expect(-EPERM);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 0);
}

static void roots_file_for_everybody(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(chmod(folder, 0755) + chmod(path, 0666), 0);
    assert_int_equal(seteuid(65533), 0);
    expect(0);
    assert_int_equal(seteuid(0), 0);
}

static void pipe_with_and_without_a_reader(void **state)
{
    char bytes[200];
    int reader;

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    expect(-ENXIO);
    reader = open(path, O_RDONLY | O_NONBLOCK);
    expect(0);
    assert_int_equal(read(reader, bytes, sizeof bytes), 100);
    close(reader);
}

static void missing_folder(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "%s/none/log", folder);
    expect(-ENOENT);
    snprintf(path, sizeof path, "%s/log", folder);
}

static void check_creates_nothing(void **state)
{
    (void)state;
    sinks_open(path);
    assert_int_equal(sink_check(), 0);
    assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(link_to_a_file, drop_files),
        cmocka_unit_test_teardown(dangling_link, drop_files),
        cmocka_unit_test_teardown(directory, drop_files),
        cmocka_unit_test_teardown(strangers_file, drop_files),
        cmocka_unit_test_teardown(roots_file_for_everybody, drop_files),
        cmocka_unit_test_teardown(pipe_with_and_without_a_reader, drop_files),
        cmocka_unit_test_teardown(missing_folder, drop_files),
        cmocka_unit_test_teardown(check_creates_nothing, drop_files),
    };

    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}

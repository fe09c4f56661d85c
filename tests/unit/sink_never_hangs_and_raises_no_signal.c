/* Claim: a log that nobody reads costs the program its patience and the record, never more; no
 * signal of our write reaches it, one of its own is left alone, and its mask stays as it was. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sinks.h"

enum { LARGE = 40000, PATIENCE_LIMIT_MS = 5000 };

static int ends[2];
static volatile sig_atomic_t signals_seen;

static void count_signal(int signal)
{
    (void)signal;
    signals_seen++;
}

static void open_log(int fd)
{
    char log[32];

    snprintf(log, sizeof log, "fd:%d", fd);
    sinks_open(log);
}

static int make_pipe(void **state)
{
    (void)state;
    return pipe2(ends, O_CLOEXEC);
}

static int drop_ends(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Fills the pipe or socket, but for ROOM bytes where it is a pipe. */
static void fill(int room)
{
    static const char bytes[4096];
    int flags = fcntl(ends[1], F_GETFL), full = 0;

    fcntl(ends[1], F_SETFL, flags | O_NONBLOCK);
    while (write(ends[1], bytes, sizeof bytes) > 0)
        full++;
    fcntl(ends[1], F_SETFL, flags);
    assert_true(full > 0);
    for (; room > 0; room -= (int)sizeof bytes) {
        static char taken[4096];

        assert_int_equal(read(ends[0], taken, sizeof taken), sizeof taken);
    }
}

static void expect_given_up(size_t length, int result)
{
    uint64_t lost = sink_lost();
    int64_t start_ms = now_ms();

    assert_int_equal(sinks_write(length), result);
    assert_true(now_ms() - start_ms >= SINK_PATIENCE_MS / 2 &&
                now_ms() - start_ms <= PATIENCE_LIMIT_MS);
    assert_int_equal(sink_lost(), lost + 1);
}

static void full_pipe(void **state)
{
    (void)state;
    open_log(ends[1]);
    fill(0);
    expect_given_up(100, -ETIMEDOUT);
    expect_given_up(LARGE, -ETIMEDOUT);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    expect_given_up(100, -ETIMEDOUT);
}

/* There is room for a part: a blocking write of the whole would never return. */
static void nearly_full_pipe(void **state)
{
    int before = sinks_descriptors();

    (void)state;
    open_log(ends[1]);
    fill(8192);
    expect_given_up(LARGE, -ETIMEDOUT);
    assert_int_equal(sinks_descriptors(), before);
}

static void full_socket(void **state)
{
    (void)state;
    drop_ends(NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    open_log(ends[1]);
    fill(0);
    expect_given_up(LARGE, -ETIMEDOUT);
}

/* The socket polls as writable and takes a part. */
static void small_socket(void **state)
{
    int size = 1;

    (void)state;
    drop_ends(NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    open_log(ends[1]);
    expect_given_up(1000000, -ETIMEDOUT);
}

/* Reads from ends[0] until its end, with a rest in between; returns the bytes. */
static void *read_slowly(void *argument)
{
    static char bytes[3000];
    size_t *total = argument;
    ssize_t got;

    while ((got = read(ends[0], bytes, sizeof bytes)) > 0) {
        *total += (size_t)got;
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    return NULL;
}

static void slow_reader(void **state)
{
    pthread_t reader;
    size_t total = 0;

    (void)state;
    fcntl(ends[1], F_SETPIPE_SZ, 16384);
    open_log(ends[1]);
    assert_int_equal(pthread_create(&reader, NULL, read_slowly, &total), 0);
    assert_int_equal(sinks_write(LARGE), 0);
    close(ends[1]);
    pthread_join(reader, NULL);
    assert_int_equal(total, LARGE);
    ends[1] = dup(ends[0]);
}

static void no_reader(void **state)
{
    sigset_t before, after, pending;

    (void)state;
    open_log(ends[1]);
    close(ends[0]);
    signals_seen = 0;
    signal(SIGPIPE, count_signal);
    sigprocmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(sinks_write(100), -EPIPE);
    assert_int_equal(sinks_write(LARGE), -EPIPE);
    sigprocmask(SIG_SETMASK, NULL, &after);
    sigpending(&pending);
    assert_int_equal(signals_seen, 0);
    assert_false(sigismember(&pending, SIGPIPE));
    assert_int_equal(sigismember(&after, SIGPIPE), sigismember(&before, SIGPIPE));
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(sinks_write(100), -EPIPE);
    ends[0] = dup(ends[1]);
}

/* The program's own SIGPIPE, pending because it is blocked, is not ours to take. */
static void their_own_signal(void **state)
{
    sigset_t set, before, pending;

    (void)state;
    open_log(ends[1]);
    close(ends[0]);
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    signals_seen = 0;
    signal(SIGPIPE, count_signal);
    sigprocmask(SIG_BLOCK, &set, &before);
    raise(SIGPIPE);
    assert_int_equal(sinks_write(100), -EPIPE);
    sigpending(&pending);
    assert_true(sigismember(&pending, SIGPIPE));
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(signals_seen, 1);
    signal(SIGPIPE, SIG_DFL);
    ends[0] = dup(ends[1]);
}

static void largest_file(void **state)
{
    char path[] = "/tmp/sink-test-XXXXXX";
    int fd = mkstemp(path);
    struct rlimit before, limit;
    struct stat status;

    (void)state;
    sinks_open(path);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 150;
    setrlimit(RLIMIT_FSIZE, &limit);
    signals_seen = 0;
    signal(SIGXFSZ, count_signal);
    assert_int_equal(sinks_write(100), 0);
    assert_int_equal(sinks_write(100), -EFBIG);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(sinks_write(100), -EFBIG);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(signals_seen, 0);
    fstat(fd, &status);
    assert_int_equal(status.st_size, 150);
    close(fd);
    unlink(path);
}

static void full_disk(void **state)
{
    uint64_t lost = sink_lost();

    (void)state;
    sinks_open("/dev/full");
    assert_int_equal(sinks_write(100), -ENOSPC);
    assert_int_equal(sink_lost(), lost + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(full_pipe, make_pipe, drop_ends),
        cmocka_unit_test_setup_teardown(nearly_full_pipe, make_pipe, drop_ends),
        cmocka_unit_test_setup_teardown(full_socket, make_pipe, drop_ends),
        cmocka_unit_test_setup_teardown(small_socket, make_pipe, drop_ends),
        cmocka_unit_test_setup_teardown(slow_reader, make_pipe, drop_ends),
        cmocka_unit_test_setup_teardown(no_reader, make_pipe, drop_ends),
        cmocka_unit_test_setup_teardown(their_own_signal, make_pipe, drop_ends),
        cmocka_unit_test(largest_file),
        cmocka_unit_test(full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

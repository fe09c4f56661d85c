/* Claim: in a process whose seccomp filter kills for any system call but openat, read, write and
 * close, records still reach a descriptor and a file; a descriptor that has changed and a full pipe
 * lose them; nothing hangs, and a pipe without a reader raises no SIGPIPE. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sinks.h"

enum { DESCRIPTOR = 77, KILLED = 999 };

static int confine(void)
{
    static const int allowed[] = {SYS_openat, SYS_read, SYS_write, SYS_close, SYS_exit_group};
    struct sock_filter filter[2 * 5 + 2];
    struct sock_fprog program = {.filter = filter};
    unsigned short count = 0;
    size_t i;

    filter[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                   offsetof(struct seccomp_data, nr));
    for (i = 0; i < 5; i++) {
        filter[count++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], 0, 1);
        filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    program.len = count;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* What sinks_write gives in a child that opens LOG, puts the file THEN (or -1) in the descriptor's
 * place and is confined. */
static int write_confined(const char *log, int then, size_t length)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        sinks_open(log);
        if (then >= 0)
            dup2(then, DESCRIPTOR);
        if (confine() < 0)
            _exit(200);
        _exit(-sinks_write(length));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status))
        return KILLED;
    if (WEXITSTATUS(status) == 200)
        skip();
    return -WEXITSTATUS(status);
}

static int temporary(char *path)
{
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    return fd;
}

static off_t size_of(int fd)
{
    struct stat status;

    assert_int_equal(fstat(fd, &status), 0);
    return status.st_size;
}

static void file_in_the_descriptor(void **state)
{
    char a[] = "/tmp/sink-test-XXXXXX", b[] = "/tmp/sink-test-XXXXXX";
    int ours = temporary(a), theirs = temporary(b), standard_error, result;

    (void)state;
    assert_int_equal(dup2(ours, DESCRIPTOR), DESCRIPTOR);
    assert_int_equal(write_confined("fd:77", -1, 100), 0);
    assert_int_equal(size_of(ours), 100);
    assert_int_equal(write_confined("fd:77", theirs, 100), -ESTALE);
    assert_int_equal(size_of(theirs), 0);
    close(DESCRIPTOR); /* what was not open at the start is no place for records: stderr is */
    standard_error = dup(STDERR_FILENO);
    dup2(theirs, STDERR_FILENO);
    result = write_confined("fd:77", -1, 100);
    dup2(standard_error, STDERR_FILENO);
    close(standard_error);
    assert_int_equal(result, 0);
    assert_int_equal(size_of(theirs), 100);
    unlink(a);
    unlink(b);
    close(ours);
    close(theirs);
}

static void pipes(void **state)
{
    static char bytes[65536];
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], DESCRIPTOR), DESCRIPTOR);
    assert_int_equal(write_confined("fd:77", -1, 20000), 0);
    assert_int_equal(read(ends[0], bytes, sizeof bytes), 20000);
    assert_int_equal(write(ends[1], bytes, sizeof bytes), sizeof bytes);
    assert_int_equal(write_confined("fd:77", -1, 100), -EAGAIN);
    close(ends[0]);
    assert_int_not_equal(write_confined("fd:77", -1, 100), KILLED);
    close(ends[1]);
    close(DESCRIPTOR);
}

static void sockets(void **state)
{
    static char bytes[4096];
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(dup2(ends[1], DESCRIPTOR), DESCRIPTOR);
    assert_int_equal(write_confined("fd:77", -1, 100), 0);
    assert_int_equal(read(ends[0], bytes, sizeof bytes), 100);
    close(ends[0]);
    close(ends[1]);
    close(DESCRIPTOR);
}

static void files(void **state)
{
    char path[] = "/tmp/sink-test-XXXXXX", link[64];
    int fd = temporary(path);

    (void)state;
    snprintf(link, sizeof link, "%s.link", path);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(write_confined(path, -1, 100), 0);
    assert_int_equal(write_confined(path, -1, 100), 0);
    assert_int_equal(write_confined(link, -1, 100), -ELOOP);
    assert_int_equal(size_of(fd), 200);
    unlink(link);
    unlink(path);
    close(fd);
}

static void daemons(void **state)
{
    (void)state;
    assert_int_equal(write_confined("syslog", -1, 100), -EPERM);
    assert_int_equal(write_confined("journal", -1, 100), -EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_in_the_descriptor),
        cmocka_unit_test(pipes),
        cmocka_unit_test(sockets),
        cmocka_unit_test(files),
        cmocka_unit_test(daemons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

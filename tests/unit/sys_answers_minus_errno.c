/* Claim: the system calls of base/sys give a result or -errno; sys_readable tells memory that
 * cannot be read without touching it; a file's end, a FIFO and a closed descriptor are no trouble.
 * */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sys.h"
#include "confine/confinement.h"
#include "folder.h"

static void tells_readable_memory(void **state)
{
    char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state;
    assert_int_equal(mprotect(pages + 4096, 4096, PROT_NONE), 0);
    assert_true(sys_readable(pages, 16));
    assert_true(sys_readable(pages + 4080, 16));
    assert_false(sys_readable(pages + 4081, 16));
    assert_false(sys_readable(pages + 4096, 1));
    assert_false(sys_readable(pages + 8191, 2));
    assert_true(sys_readable(pages + 8192, 4096));
    assert_false(sys_readable(NULL, 1));
    assert_true(sys_readable(NULL, 0));
    assert_false(sys_readable((const void *)(UINTPTR_MAX - 7), 8));
    munmap(pages, 3 * 4096);
}

static void reads_files(void **state)
{
    char path[512], bytes[8], long_bytes[64];
    int fd;

    (void)state;
    folder_file(path, sizeof path, "file");
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "0123456789", 10), 10);
    close(fd);
    assert_int_equal(sys_read_file(AT_FDCWD, path, bytes, sizeof bytes), 7);
    assert_string_equal(bytes, "0123456");
    assert_int_equal(sys_read_file(AT_FDCWD, path, long_bytes, sizeof long_bytes), 10);
    assert_int_equal(sys_read_file(AT_FDCWD, "/nonexistent", bytes, sizeof bytes), -ENOENT);
    assert_string_equal(bytes, "");
    fd = sys_open_at(AT_FDCWD, path, O_RDONLY, 0);
    assert_int_equal(sys_read_at(fd, bytes, 4, 8), 2);
    assert_memory_equal(bytes, "89", 2);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    sys_close(fd);
    assert_int_equal(sys_read(fd, bytes, 1), -EBADF);
    assert_int_equal(mkfifo(folder_file(path, sizeof path, "fifo"), 0600), 0);
    assert_int_equal(sys_read_file(AT_FDCWD, path, bytes, sizeof bytes), 0);
}

static void knows_files(void **state)
{
    char path[512], link_path[512], target[16];
    struct sys_file first, second;
    int fd;

    (void)state;
    folder_file(path, sizeof path, "known");
    folder_file(link_path, sizeof link_path, "link");
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    assert_int_equal(symlink(path, link_path), 0);
    assert_int_equal(sys_file_of_fd(fd, &first), 0);
    assert_int_equal(sys_file_of_fd_plainly(fd, &second), 0);
    assert_true(sys_file_same(&first, &second));
    assert_int_equal(first.mode, second.mode);
    assert_int_equal(first.uid, second.uid);
    assert_int_equal(sys_file_of_path(AT_FDCWD, link_path, &second), 0);
    assert_true(S_ISLNK(second.mode));
    assert_int_equal(sys_file_of_target(AT_FDCWD, link_path, &second), 0);
    assert_true(sys_file_same(&first, &second));
    close(fd);
    assert_int_equal(sys_file_of_fd(fd, &first), -EBADF);
    assert_int_equal(sys_file_of_fd_plainly(fd, &first), -EBADF);
    assert_int_equal(sys_read_link(AT_FDCWD, link_path, target, sizeof target), 15);
    assert_int_equal(strlen(target), 15);
    assert_int_equal(sys_read_link(AT_FDCWD, path, target, sizeof target), -EINVAL);
}

static void sets_options(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), value;

    (void)state;
    assert_int_equal(sys_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    assert_int_equal(sys_get_option(fd, SOL_SOCKET, SO_REUSEADDR, &value), 0);
    assert_int_equal(value, 1);
    assert_int_equal(sys_get_option(fd, SOL_SOCKET, -1, &value), -ENOPROTOOPT);
    close(fd);
    assert_int_equal(sys_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1), -EBADF);
}

static void knows_its_confinement(void **state)
{
    struct confinement confinement;

    (void)state;
    confinement_look(&confinement);
    assert_int_equal(confinement.pid, getpid());
    assert_int_equal(confinement.tid, gettid());
    assert_int_equal(confinement.uid, geteuid());
    assert_memory_equal(confinement.comm, "sys_answers_min", 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_readable_memory), cmocka_unit_test(reads_files),
        cmocka_unit_test(knows_files),           cmocka_unit_test(sets_options),
        cmocka_unit_test(knows_its_confinement),
    };

    folder_path();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

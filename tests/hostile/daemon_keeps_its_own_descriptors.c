/* A program has the same descriptors with the shim as without. A daemon that closes them all, in a
 * loop, by close_range or by closefrom, before its first bind or after many, and opens files and
 * pipes of its own over the numbers, gets out of them what it wrote, however many sockets it binds
 * under the shim meanwhile, in vain or not, also below frames that libunwind can only guess. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"
#include "walk.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { BINDS = 100 };

static unsigned long open_descriptors(void)
{
    unsigned long open = 0;

    for (int fd = 0; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            open |= 1ul << fd;
    return open;
}

/* One that works, and at every other time one that does not. */
static void bind_one(void)
{
    static int times;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), refused;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(fd, (struct sockaddr *)&address, sizeof address), 0, "bind");
    CHECK_EQ(listen(fd, 1), 0, "listen");
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&address, &length), 0, "getsockname");
    if (times++ % 2) {
        close(fd);
        return;
    }
    refused = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_EQ(refused, fd + 1, "the next number");
    CHECK_EQ(bind(refused, (struct sockaddr *)&address, sizeof address), -1, "bind");
    close(refused);
    close(fd);
}

static void bind_deep(void)
{
    walk_below(10, bind_one);
}

static void bind_many(void)
{
    for (int i = 0; i < BINDS; i++) {
        errno = i % 2 ? EINTR : EAGAIN;
        walk_further_down(i % 16, bind_deep);
    }
}

static void close_in_a_loop(void)
{
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
}

static void close_by_range(void)
{
    CHECK(syscall(SYS_close_range, 3, ~0u, 0) == 0, "close_range: %s", check_errno_name(errno));
}

/* glibc 2.34; where there is none, the system call below it. */
extern void closefrom(int) __attribute__((weak));

static void close_from(void)
{
    if (closefrom != NULL)
        closefrom(3);
    else
        close_by_range();
}

static const struct {
    const char *name;
    void (*close_all)(void);
} ways[] = {{"loop", close_in_a_loop}, {"close_range", close_by_range}, {"closefrom", close_from}};

enum { FILES = 6, PIPES = 6, WAYS = sizeof ways / sizeof *ways };

static const char message[] = "the daemon's own";

/* Files and pipes in turn, so that each number is once this and once that. */
static void open_own(int files[FILES], int pipes[PIPES][2])
{
    char path[512];

    folder_file(path, sizeof path, "own");
    for (int i = 0; i < FILES; i++) {
        files[i] = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
        CHECK(files[i] >= 0 && unlink(path) == 0, "%s: %s", path, check_errno_name(errno));
        CHECK_EQ(pipe2(pipes[i], O_NONBLOCK), 0, "pipe2");
        CHECK_EQ(write(files[i], message, sizeof message), sizeof message, "write");
        CHECK_EQ(write(pipes[i][1], message, sizeof message), sizeof message, "write");
    }
}

static void check_own(const int files[FILES], int pipes[PIPES][2])
{
    char back[2 * sizeof message];

    for (int i = 0; i < FILES; i++) {
        CHECK_EQ(lseek(files[i], 0, SEEK_CUR), sizeof message, "the place in file %d", i);
        CHECK_EQ(pread(files[i], back, sizeof back, 0), sizeof message, "read of file %d", i);
        CHECK_STR(back, message, "contents of file %d", i);
        CHECK_EQ(read(pipes[i][0], back, sizeof back), sizeof message, "read of pipe %d", i);
        CHECK_STR(back, message, "contents of pipe %d", i);
    }
}

static int daemon_role(size_t way, bool binds_before)
{
    int files[FILES], pipes[PIPES][2];
    unsigned long before;

    if (binds_before)
        bind_many();
    ways[way].close_all();
    open_own(files, pipes);
    before = open_descriptors();
    bind_many();
    CHECK_EQ(open_descriptors(), before, "descriptors after %d binds, as a bit mask", BINDS);
    check_own(files, pipes);
    return CHECK_PASSED;
}

static int descriptors_role(void)
{
    bind_one();
    run_say("%lx", open_descriptors());
    return CHECK_PASSED;
}

int main(int argc, char **argv)
{
    static const char *const policies[] = {"explain", "log", "force"};
    struct run_result plain;

    if (argc > 1 && strcmp(argv[1], "descriptors") == 0)
        return descriptors_role();
    for (size_t way = 0; argc > 1 && way < WAYS; way++)
        if (strcmp(argv[1], ways[way].name) == 0)
            return daemon_role(way, way > 0);
    run_deadline_ms = 30 * 1000;
    plain = run_self("descriptors", NULL);
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        struct run_result run;

        for (size_t way = 0; way < (i == 0 ? WAYS : 1); way++) {
            run = run_shimmed(ways[way].name, policies[i], NULL);
            run.err[1000] = '\0';
            CHECK_EQ(run.status, 0, "%s under %s: %s", ways[way].name, policies[i], run.err);
        }
        run = run_shimmed("descriptors", policies[i], NULL);
        CHECK_STR(run.out, plain.out, "descriptors under %s, as a bit mask", policies[i]);
    }
    return CHECK_PASSED;
}

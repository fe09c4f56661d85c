/* A program that has used libunwind before us goes on with it, and with its pipe. Even if that pipe
 * is closed and its numbers are another one's by now, our walks do not touch it. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "unwind/trace.h"
#include "walk.h"

static int (*unw_backtrace)(void **addresses, int count);
static struct trace seen;
static int own_count;

static void capture(void)
{
    trace_capture(&seen, true);
}

static void capture_below(void)
{
    walk_below(3, capture);
}

static void own_walk(void)
{
    void *addresses[32];

    own_count = unw_backtrace(addresses, 32);
}

static void own_walk_below(void)
{
    walk_below(3, own_walk);
}

int main(void)
{
    static const char message[] = "mine";
    char back[sizeof message];
    void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_GLOBAL);
    void *address = library == NULL ? NULL : dlsym(library, "unw_backtrace");
    int first = dup(2);
    int expected;
    int ends[2];

    if (address == NULL)
        skip("libunwind is not installed");
    memcpy(&unw_backtrace, &address, sizeof address);
    close(first);
    walk_without_information(own_walk_below);
    expected = own_count;
    CHECK(expected > 5, "%d frames of the program's own walk", expected);
    CHECK(trace_warm(), "trace_warm()");

    for (int fd = 3; fd < 1024; fd++)
        close(fd);
    CHECK_EQ(pipe2(ends, O_NONBLOCK), 0, "pipe2");
    CHECK_EQ(ends[0], 3, "the number that libunwind's pipe had");
    CHECK_EQ(write(ends[1], message, sizeof message), sizeof message, "write");
    for (int i = 0; i < 20; i++) {
        errno = i % 2 ? EBADF : EINTR;
        walk_further_down(i, capture_below);
        CHECK(seen.count > 5, "%u frames", seen.count);
    }
    CHECK_EQ(read(ends[0], back, sizeof back), sizeof back, "read of the program's pipe");
    CHECK_STR(back, message, "contents of the program's pipe");
    walk_without_information(own_walk_below);
    CHECK_EQ(own_count, expected, "frames of the program's own walk, as before");
    return CHECK_PASSED;
}

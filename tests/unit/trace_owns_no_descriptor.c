/* A daemon that closes every descriptor and opens a pipe of its own gets what it wrote out of it
 * again, however many stacks are walked meanwhile; and no descriptor is there that was not. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "unwind/trace.h"
#include "walk.h"

enum { DESCRIPTORS = 64, WALKS = 100 };

static struct trace seen;

static void capture(void)
{
    trace_capture(&seen, true);
}

static void capture_below(void)
{
    walk_below(3, capture);
}

static unsigned long open_descriptors(void)
{
    unsigned long open = 0;

    for (int fd = 0; fd < DESCRIPTORS; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            open |= 1ul << fd;
    return open;
}

int main(void)
{
    static const char message[] = "the daemon's own";
    char back[sizeof message];
    unsigned long before = open_descriptors();
    int ends[2];

    if (!trace_warm())
        skip("libunwind is not installed");
    walk_without_information(capture_below);
    CHECK(seen.count > 3, "%u frames", seen.count);
    CHECK_EQ(open_descriptors(), before, "descriptors after the first walks, as a bit mask");

    /* stderr stays, to complain to. The pipe gets the numbers that libunwind would have had. */
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
    CHECK_EQ(pipe2(ends, O_NONBLOCK), 0, "pipe2");
    CHECK_EQ(write(ends[1], message, sizeof message), sizeof message, "write");
    before = open_descriptors();
    for (int i = 0; i < WALKS; i++) {
        errno = i % 2 ? EINTR : EAGAIN;
        walk_further_down(i % 16, capture_below);
    }
    CHECK_EQ(open_descriptors(), before, "descriptors after %d walks, as a bit mask", WALKS);
    CHECK_EQ(read(ends[0], back, sizeof back), sizeof back, "read of the daemon's pipe");
    CHECK_STR(back, message, "contents of the daemon's pipe");
    return CHECK_PASSED;
}

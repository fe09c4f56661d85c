/* Rule: SO_NETNS_COOKIE is the same of all sockets of a network namespace, and no other namespace
 * of this boot has it, also when the first is gone; its inode is given out again. Linux 5.14.
 * Source: net_alloc_generic(), preinit_net(): gen_cookie_next(); ns_alloc_inum().
 * Relied on by: proc/birth (whether a history was written in this network), facts/newcomer. */
#include <stdint.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "run.h"

enum { NAMESPACES = 40, NETNS_COOKIE = 71 };

static int talk[2];

static uint64_t cookie_of(int fd)
{
    uint64_t cookie = 0;
    socklen_t length = sizeof cookie;

    if (getsockopt(fd, SOL_SOCKET, NETNS_COOKIE, &cookie, &length) != 0)
        skip("no SO_NETNS_COOKIE, which is of Linux 5.14");
    return cookie;
}

static int tell(void *unused)
{
    uint64_t cookie;

    (void)unused;
    net_own_namespace();
    cookie = cookie_of(net_tcp("127.0.0.1"));
    CHECK(cookie_of(net_unix(SOCK_DGRAM)) == cookie, "of every family");
    return write(talk[1], &cookie, sizeof cookie) == (ssize_t)sizeof cookie ? CHECK_PASSED
                                                                            : CHECK_FAILED;
}

int main(void)
{
    uint64_t seen[NAMESPACES + 1];

    CHECK(pipe(talk) == 0, "pipe");
    seen[0] = cookie_of(net_tcp("127.0.0.1"));
    for (int i = 1; i <= NAMESPACES; i++) {
        struct run_result child = run_function(tell, NULL);

        if (child.status == CHECK_SKIPPED)
            skip("no network namespace of its own");
        CHECK_EQ(child.status, CHECK_PASSED, "%s", child.err);
        CHECK(read(talk[0], &seen[i], sizeof *seen) == (ssize_t)sizeof *seen, "its cookie");
        for (int j = 0; j < i; j++)
            CHECK(seen[i] != seen[j], "namespace %d has that of %d, which is gone", i, j);
    }
    return CHECK_PASSED;
}

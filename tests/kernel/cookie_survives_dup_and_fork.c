/* Rule: SO_COOKIE and the inode number belong to the socket: the same through dup(), fork() and
 * any other descriptor of it; a new socket under the old number has others.
 * Source: sock_gen_cookie() keeps sk->sk_cookie; descriptors share one struct file.
 * Relied on by: table/table, which proves that a descriptor is still the socket it remembers. */
#include <stdint.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"
#include "run.h"

struct identity {
    int fd;
    uint64_t cookie;
    unsigned inode;
};

static int same(void *argument)
{
    const struct identity *seen = argument;

    return net_cookie(seen->fd) == seen->cookie && diag_inode(seen->fd) == seen->inode
               ? CHECK_PASSED : CHECK_FAILED;
}

int main(void)
{
    int fd = net_tcp("127.0.0.1"), copy = dup(fd), fresh;
    struct identity first = { fd, net_cookie(fd), diag_inode(fd) };

    CHECK(net_cookie(copy) == first.cookie, "the cookie after dup");
    CHECK_EQ(diag_inode(copy), first.inode, "the inode after dup");
    CHECK_EQ(run_function(same, &first).status, CHECK_PASSED, "a forked child sees the same");
    close(fd);
    fresh = net_tcp("127.0.0.1");
    CHECK_EQ(fresh, fd, "the new socket's number");
    CHECK(net_cookie(fresh) != first.cookie, "a new socket has a new cookie");
    CHECK(diag_inode(fresh) != first.inode, "a new socket has a new inode");
    return CHECK_PASSED;
}

/* Rule: a socket that is registered with an io_uring holds its port after its last descriptor was
 * closed, and no descriptor of any process shows it, though its row has an inode still.
 * Source: io_sqe_files_register(), which takes a reference of the file.
 * Relied on by: facts/owner: `unseen` without a limit, not 'nobody'. */
#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"

static bool is_free(void *port)
{
    return net_try_tcp("127.0.0.1", *(int *)port, 0, 0) == 0;
}

int main(void)
{
    struct io_uring_params parameters;
    struct diag_rows rows;
    int listener, port, ring;

    net_own_namespace();
    memset(&parameters, 0, sizeof parameters);
    ring = (int)syscall(SYS_io_uring_setup, 2, &parameters);
    if (ring < 0)
        skip("no io_uring: %s", check_errno_name(errno));
    listener = net_listener("127.0.0.1", 0, 0, 0);
    port = net_port(listener);
    CHECK(syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, &listener, 1) == 0,
          "register: %s", check_errno_name(errno));
    close(listener);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "no descriptor is left");
    rows = diag_port(AF_INET, port);
    CHECK_EQ(rows.count, 1, "rows");
    CHECK_EQ(rows.row[0].state, NET_LISTEN, "it listens");
    CHECK(rows.row[0].inode != 0, "its row has an inode");
    close(ring);
    CHECK(wait_until(is_free, &port, 5000), "it ends with the ring");
    return CHECK_PASSED;
}

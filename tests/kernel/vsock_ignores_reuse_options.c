/* Rule: a vsock port is one socket's alone, whatever SO_REUSEADDR and SO_REUSEPORT are, also in
 * another network namespace; a restart finds it free at once, beside open connections too.
 * Source: __vsock_bind_connectible(), __vsock_find_bound_socket().
 * Relied on by: rules/conflict (between_names), rules/verdict (vsock-held). */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "check.h"
#include "net.h"

static int try(int type, unsigned cid, unsigned port, int reuseaddr, int reuseport, int *bound)
{
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};
    int fd = socket(AF_VSOCK, type | SOCK_CLOEXEC, 0), result;

    if (fd < 0)
        skip("no vsock of this type: %s", check_errno_name(errno));
    net_reuseaddr(fd, reuseaddr);
    net_set(fd, SOL_SOCKET, SO_REUSEPORT, reuseport); /* newer kernels refuse it: EOPNOTSUPP */
    result = bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : -errno;
    if (result == 0 && bound != NULL)
        *bound = fd;
    else
        close(fd);
    return result;
}

/* A server that goes first, its connection still open at the other end. */
static void restart(unsigned port)
{
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY,
                                  .svm_port = port};
    int listener = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0), server, client;

    CHECK_EQ(bind(listener, (const struct sockaddr *)&address, sizeof address), 0, "bind");
    CHECK_EQ(listen(listener, 1), 0, "listen");
    client = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.svm_cid = VMADDR_CID_LOCAL;
    if (connect(client, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(listener); /* no loopback */
        return;
    }
    server = accept(listener, NULL, NULL);
    CHECK(server >= 0, "accept");
    close(listener);
    CHECK_RESULT(try(SOCK_STREAM, VMADDR_CID_ANY, port, 0, 0, NULL), 0, "beside its connection");
    close(server);
    CHECK_RESULT(try(SOCK_STREAM, VMADDR_CID_ANY, port, 0, 0, NULL), 0, "after it");
    close(client);
}

int main(void)
{
    struct sockaddr_vm own;
    socklen_t length = sizeof own;
    int held = -1;

    for (int options = 0; options < 4; options++) {
        int result = try(SOCK_STREAM, VMADDR_CID_ANY, VMADDR_PORT_ANY, options & 1, options >> 1,
                         &held);

        if (result == -EPERM || result == -EADDRNOTAVAIL)
            skip("no vsock port is to be had here: %s", check_errno_name(result));
        CHECK_RESULT(result, 0, "a port of the kernel's choice");
        CHECK(getsockname(held, (struct sockaddr *)&own, &length) == 0, "getsockname");
        for (int wanted = 0; wanted < 4; wanted++)
            CHECK_RESULT(try(SOCK_STREAM, VMADDR_CID_ANY, own.svm_port, wanted & 1, wanted >> 1,
                             NULL),
                         -EADDRINUSE, "options %d against %d", wanted, options);
        if (options == 3) {
            net_own_namespace();
            CHECK_RESULT(try(SOCK_STREAM, VMADDR_CID_ANY, own.svm_port, 0, 0, NULL), -EADDRINUSE,
                         "in another network namespace");
        }
        close(held);
        CHECK_RESULT(try(SOCK_STREAM, VMADDR_CID_ANY, own.svm_port, 0, 0, NULL), 0,
                     "free when it is closed");
    }
    restart(own.svm_port);
    return CHECK_PASSED;
}

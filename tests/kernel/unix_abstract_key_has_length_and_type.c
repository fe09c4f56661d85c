/* Rule: an abstract name is compared with its length and the socket's type, within one network
 * namespace: "x" is not "x\0", and a stream and a datagram socket may have the same name.
 * Source: unix_bind_abstract(), __unix_find_socket_byname(), unix_abstract_hash(...,
 * sk->sk_type).
 * Relied on by: the reason `unix-abstract`; rules/endpoint (abstract names are bytes and a
 * length). */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "check.h"
#include "net.h"

/* Binds the first `length` bytes of "\0name\0\0". */
static int bind_length(int type, size_t length)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = net_unix(type);

    memcpy(address.sun_path + 1, "name", 4);
    return bind(fd, (struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0 ? 0 : -errno;
}

int main(void)
{
    net_own_namespace();
    CHECK_RESULT(bind_length(SOCK_STREAM, 5), 0, "first");
    CHECK_RESULT(bind_length(SOCK_STREAM, 5), -EADDRINUSE, "the same bytes and type");
    CHECK_RESULT(bind_length(SOCK_STREAM, 6), 0, "one zero byte more");
    CHECK_RESULT(bind_length(SOCK_STREAM, 4), 0, "one byte less");
    CHECK_RESULT(bind_length(SOCK_DGRAM, 5), 0, "another type");
    CHECK_RESULT(bind_length(SOCK_SEQPACKET, 5), 0, "yet another type");
    net_own_namespace();
    CHECK_RESULT(bind_length(SOCK_STREAM, 5), 0, "another network namespace");
    return CHECK_PASSED;
}

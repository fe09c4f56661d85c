/* Rule: two SCTP sockets share an address if both have SO_REUSEADDR and none listens, or both have
 * SO_REUSEPORT; one-to-one and one-to-many are one space, apart from TCP's.
 * Source: sctp_get_port_local().
 * Relied on by: rules/conflict, rules/verdict (sctp-held). */
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static int bound(int type, int port, int reuseaddr, int reuseport, int *result)
{
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, IPPROTO_SCTP);

    if (fd < 0)
        skip("no SCTP: %s", check_errno_name(errno));
    net_reuseaddr(fd, reuseaddr);
    net_reuseport(fd, reuseport);
    *result = net_bind(fd, "127.0.0.1", port);
    return fd;
}

static int second(int type, int port, int reuseaddr, int reuseport)
{
    int result;

    close(bound(type, port, reuseaddr, reuseport, &result));
    return result;
}

int main(void)
{
    int result, fd;

    net_own_namespace();
    fd = bound(SOCK_STREAM, 8080, 0, 0, &result);
    CHECK_RESULT(result, 0, "the first");
    CHECK_RESULT(second(SOCK_STREAM, 8080, 1, 1), -EADDRINUSE, "options on one side");
    CHECK_RESULT(second(SOCK_SEQPACKET, 8080, 0, 0), -EADDRINUSE, "one-to-many");
    CHECK_RESULT(net_try_tcp("127.0.0.1", 8080, 0, 0), 0, "TCP is another space");
    close(fd);
    fd = bound(SOCK_STREAM, 8081, 1, 0, &result);
    CHECK_RESULT(second(SOCK_STREAM, 8081, 1, 0), 0, "SO_REUSEADDR on both");
    CHECK_RESULT(net_listen(fd), 0, "listen");
    CHECK_RESULT(second(SOCK_STREAM, 8081, 1, 0), -EADDRINUSE, "... where one listens");
    close(fd);
    fd = bound(SOCK_STREAM, 8082, 0, 1, &result);
    CHECK_RESULT(net_listen(fd), 0, "listen");
    CHECK_RESULT(second(SOCK_STREAM, 8082, 0, 1), 0, "SO_REUSEPORT on both");
    close(fd);
    return CHECK_PASSED;
}

/* Rule: raw and ping sockets have SO_REUSEADDR from their birth, so an ident is shared; where one
 * side has cleared it, bind says EADDRINUSE.
 * Source: inet_create(), "if (INET_PROTOSW_REUSE & answer_flags) sk->sk_reuse = SK_CAN_REUSE";
 * ping_get_port().
 * Relied on by: hook/misuse (set-after-bind is about TCP). */
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

enum { IDENT = 4242 };

static int ping(void)
{
    return net_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}

int main(void)
{
    int first, second;

    net_own_namespace();
    net_sysctl("net/ipv4/ping_group_range", "0 2147483647");
    CHECK_EQ(net_get(net_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), SOL_SOCKET, SO_REUSEADDR), 1,
             "of a raw socket");
    first = ping();
    second = ping();
    CHECK_EQ(net_get(first, SOL_SOCKET, SO_REUSEADDR), 1, "of a ping socket");
    CHECK_RESULT(net_bind(first, "127.0.0.1", IDENT), 0, "an ident");
    CHECK_RESULT(net_bind(second, "127.0.0.1", IDENT), 0, "shared");
    close(second);
    second = ping();
    net_reuseaddr(second, 0);
    CHECK_RESULT(net_bind(second, "127.0.0.1", IDENT), -EADDRINUSE, "one side has cleared it");
    return CHECK_PASSED;
}

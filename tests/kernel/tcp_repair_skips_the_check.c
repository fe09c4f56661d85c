/* Rule: in TCP_REPAIR mode a socket may be bound beside anything, a listener too: its sk_reuse
 * is SK_FORCE_REUSE, which getsockopt shows as SO_REUSEADDR 2. After it the option is 0, whatever
 * it was before.
 * Source: do_tcp_setsockopt(), TCP_REPAIR; inet_csk_get_port(), "sk->sk_reuse ==
 * SK_FORCE_REUSE".
 * Relied on by: facts (SO_REUSEADDR is read as a number, not as 0 or 1). */
#include <errno.h>
#include <netinet/tcp.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int holder, repair;

    net_own_namespace();
    holder = net_listener("127.0.0.1", 0, 0, 0);
    repair = net_tcp("127.0.0.1");
    if (net_set(repair, IPPROTO_TCP, TCP_REPAIR, 1) != 0)
        skip("TCP_REPAIR is not permitted");
    CHECK_EQ(net_get(repair, SOL_SOCKET, SO_REUSEADDR), 2, "SO_REUSEADDR under repair");
    net_reuseaddr(repair, 1);
    CHECK_RESULT(net_set(repair, IPPROTO_TCP, TCP_REPAIR, 0), 0, "no more");
    CHECK_EQ(net_get(repair, SOL_SOCKET, SO_REUSEADDR), 0, "SO_REUSEADDR after it");
    CHECK_RESULT(net_set(repair, IPPROTO_TCP, TCP_REPAIR, 1), 0, "again");
    CHECK_RESULT(net_bind(repair, "127.0.0.1", net_port(holder)), 0, "bind under repair");
    return CHECK_PASSED;
}

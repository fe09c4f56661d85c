/* Rule: a TIME_WAIT carries the options of the connection it was. So a restarted server that
 * has SO_REUSEADDR is still refused if the run before had not set it when it accepted; and one
 * whose former run had it works at once.
 * Source: tcp_time_wait(), inet_twsk_alloc(): "tw->tw_reuse = sk->sk_reuse", tw_reuseport.
 * Relied on by: the reason `time-wait` and its story; `lacks_reuseaddr: holder`. */
#include <errno.h>

#include "check.h"
#include "net.h"

int main(void)
{
    struct net_pair pair;
    int listener, port;

    net_own_namespace();
    for (int old = 0; old <= 1; old++) {
        port = net_time_wait("127.0.0.1", 0, old, 0);
        for (int new = 0; new <= 1; new++) {
            CHECK_RESULT(net_try_tcp("127.0.0.1", port, new, 0), old && new ? 0 : -EADDRINUSE,
                         "old run with %d, new run with %d", old, new);
        }
    }
    /* The option of the child at its end counts, not the listener's. */
    listener = net_listener("127.0.0.1", 20001, 0, 0);
    pair = net_pair(listener);
    net_reuseaddr(pair.server, 1);
    net_reuseaddr(listener, 1);
    CHECK(shutdown(listener, SHUT_RDWR) == 0, "shutdown");
    net_close_server_first(&pair);
    CHECK_RESULT(net_try_tcp("127.0.0.1", 20001, 1, 0), 0, "the child had set it before its end");
    return CHECK_PASSED;
}

/* Rule: a TIME_WAIT lasts 60 s whatever net.ipv4.tcp_fin_timeout is; with tcp_max_tw_buckets 0 none
 * is made, and a restart finds the port free.
 * Source: TCP_TIMEWAIT_LEN, inet_twsk_alloc().
 * Relied on by: rules/verdict (longest_ms), docs/reasons.md (time-wait). */
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"

int main(void)
{
    struct diag_rows rows;
    struct net_pair pair;
    int listener, port;

    net_own_namespace();
    net_sysctl("net/ipv4/tcp_fin_timeout", "5");
    rows = diag_port(AF_INET, net_time_wait("127.0.0.1", 0, 0, 0));
    CHECK_EQ(rows.count, 1, "one TIME_WAIT");
    CHECK(rows.row[0].expires_ms > 50000, "%u ms are left", rows.row[0].expires_ms);
    net_sysctl("net/ipv4/tcp_max_tw_buckets", "0");
    listener = net_listener("127.0.0.1", 0, 0, 0);
    port = net_port(listener);
    pair = net_pair(listener);
    close(listener);
    close(pair.server);
    close(pair.client);
    net_wait_rows(port, 0, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), 0, "no TIME_WAIT was made");
    return CHECK_PASSED;
}

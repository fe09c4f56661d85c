/* Rule: a TIME_WAIT's row has timer 3, the time left in milliseconds, inode 0 and uid 0, and no
 * attribute but, for the privileged, the socket mark: its uid says nothing and it has no owner.
 * Source: inet_twsk_diag_fill().
 * Relied on by: `frees` and `frees_in_ms`; report (never print 'root' for such a row). */
#include <linux/inet_diag.h>

#include "check.h"
#include "diag.h"
#include "net.h"

int main(void)
{
    struct diag_query query = { .type = DIAG_BY_FAMILY, .family = AF_INET,
                                .protocol = IPPROTO_TCP, .states = 1u << NET_TIME_WAIT,
                                .extensions = 0xff };
    struct diag_rows rows;

    net_own_namespace();
    net_user(65534);
    query.port = net_time_wait("127.0.0.1", 0, 0, 0);
    net_user(0);
    rows = diag_dump(&query);
    CHECK_EQ(rows.count, 1, "rows");
    CHECK_EQ(rows.row[0].timer, 3, "timer");
    CHECK(rows.row[0].expires_ms > 50000 && rows.row[0].expires_ms <= 61000,
          "about 60 s are left, seen %u ms", rows.row[0].expires_ms);
    CHECK_EQ(rows.row[0].inode, 0, "inode");
    CHECK_EQ(rows.row[0].uid, 0, "uid, though another user made the connection");
    CHECK((rows.row[0].attributes & ~(1ull << INET_DIAG_MARK)) == 0,
          "no attribute but the mark, seen bits %llx", (unsigned long long)rows.row[0].attributes);
    return CHECK_PASSED;
}

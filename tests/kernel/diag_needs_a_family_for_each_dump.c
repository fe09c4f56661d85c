/* Rule: SOCK_DIAG_BY_FAMILY answers one family at a time; AF_UNSPEC is ENOENT. A dump that
 * cannot be answered may look empty: the reason is the number in its NLMSG_DONE or NLMSG_ERROR.
 * Source: __sock_diag_cmd(), sock_diag_lock_handler(); inet_diag_handler_cmd().
 * Relied on by: facts/sockdiag (two dumps, and the end of each is looked at). */
#include <errno.h>

#include "check.h"
#include "diag.h"
#include "net.h"

int main(void)
{
    struct diag_query query = { .type = DIAG_BY_FAMILY, .family = AF_UNSPEC,
                                .protocol = IPPROTO_TCP, .states = DIAG_ALL_STATES };
    struct diag_rows rows;

    net_own_namespace();
    net_listener("127.0.0.1", 0, 0, 0);
    net_listener("::1", 0, 0, 0);
    CHECK_RESULT(diag_dump(&query).error, -ENOENT, "AF_UNSPEC");
    query.family = AF_INET;
    rows = diag_dump(&query);
    CHECK_EQ(rows.count, 1, "rows of AF_INET");
    CHECK_EQ(rows.row[0].family, AF_INET, "its family");
    query.family = AF_INET6;
    CHECK_EQ(diag_dump(&query).count, 1, "rows of AF_INET6");
    query.protocol = 254;
    rows = diag_dump(&query);
    CHECK_EQ(rows.count, 0, "rows of a protocol without a handler");
    CHECK_RESULT(rows.error, -ENOENT, "the end of that dump");
    return CHECK_PASSED;
}

/* Rule: the older request TCPDIAG_GETSOCK answers AF_INET and AF_INET6 in one dump, whichever
 * family it names: listeners, bound-only sockets and TIME_WAITs. AF_UNIX sockets are not among
 * them.
 * Source: inet_diag_rcv_msg_compat(), inet_diag_dump_compat(): it leaves sdiag_family
 * AF_UNSPEC, and inet_diag_dump_icsk() compares families only "if (r->sdiag_family !=
 * AF_UNSPEC)".
 * Relied on by: facts/sockdiag, where one walk of the tables is wanted. */
#include "check.h"
#include "diag.h"
#include "net.h"

static int count(const struct diag_rows *rows, int family, int state)
{
    int found = 0;

    for (int i = 0; i < rows->count; i++)
        found += rows->row[i].family == family && rows->row[i].state == state;
    return found;
}

int main(void)
{
    static const int families[] = { AF_UNSPEC, AF_INET, AF_INET6 };
    struct diag_query query = { .type = DIAG_COMPAT_TCP, .states = DIAG_ALL_STATES };

    int bound_rows;

    net_own_namespace();
    net_listener("127.0.0.1", 20001, 0, 0);
    net_listener("::1", 20001, 0, 0);
    net_bound_tcp("127.0.0.1", 20002, 0, 0);
    net_bound_tcp("::1", 20002, 0, 0);
    net_time_wait("127.0.0.1", 0, 0, 0);
    net_time_wait("::1", 0, 0, 0);
    bound_rows = diag_port(AF_INET, 20002).count;       /* none before Linux 6.8 */
    for (int i = 0; i < 3; i++) {
        struct diag_rows rows;

        query.family = families[i];
        rows = diag_dump(&query);
        CHECK_RESULT(rows.error, 0, "dump for family %d", query.family);
        for (int family = AF_INET; family <= AF_INET6; family += AF_INET6 - AF_INET) {
            CHECK_EQ(count(&rows, family, NET_LISTEN), 1, "asked %d: listeners of family %d",
                     query.family, family);
            CHECK_EQ(count(&rows, family, NET_TIME_WAIT), 1, "asked %d: TIME_WAITs of family %d",
                     query.family, family);
            CHECK_EQ(count(&rows, family, NET_CLOSE), bound_rows,
                     "asked %d: bound-only sockets of family %d", query.family, family);
        }
    }
    return CHECK_PASSED;
}

/* Rule: the whole table of what may be bound beside what, for every state a holder can be in:
 * which of SO_REUSEADDR on one or both sides, SO_REUSEPORT on both, and another user's
 * SO_REUSEPORT is enough. State matters in two places only: LISTEN voids SO_REUSEADDR,
 * TIME_WAIT voids the test of the user.
 * Source: inet_csk_bind_conflict(), inet_bind_conflict(); udp_lib_lport_inuse().
 * Relied on by: rules/conflict, all of it. */
#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

enum { NOBODY = 65534 };

static const char here[] = "127.0.0.1";
static int kept[4];                     /* what keeps the holder alive */

static struct net_pair connected(int reuseaddr, int reuseport)
{
    int listener = net_listener(here, 0, reuseaddr, reuseport);
    struct net_pair pair = net_pair(listener);

    close(listener);
    kept[0] = pair.client;
    kept[1] = pair.server;
    return pair;
}

static int bound_only(int reuseaddr, int reuseport)
{
    return net_port(kept[0] = net_bound_tcp(here, 0, reuseaddr, reuseport));
}

static int listening(int reuseaddr, int reuseport)
{
    return net_port(kept[0] = net_listener(here, 0, reuseaddr, reuseport));
}

static int established(int reuseaddr, int reuseport)
{
    return net_port(connected(reuseaddr, reuseport).server);
}

static int close_wait(int reuseaddr, int reuseport)
{
    struct net_pair pair = connected(reuseaddr, reuseport);
    int port = net_port(pair.server);

    shutdown(pair.client, SHUT_WR);
    net_wait_rows(port, NET_CLOSE_WAIT, 1);
    return port;
}

static int fin_wait2(int reuseaddr, int reuseport)
{
    struct net_pair pair = connected(reuseaddr, reuseport);
    int port = net_port(pair.server);

    shutdown(pair.server, SHUT_WR);
    net_wait_rows(port, NET_FIN_WAIT2, 1);
    return port;
}

static int orphan_fin_wait2(int reuseaddr, int reuseport)
{
    struct net_pair pair = connected(reuseaddr, reuseport);
    int port = net_port(pair.server);

    close(pair.server);
    kept[1] = -1;
    net_wait_rows(port, NET_FIN_WAIT2, 1);
    return port;
}

static int time_wait(int reuseaddr, int reuseport)
{
    return net_time_wait(here, 0, reuseaddr, reuseport);
}

static int bound_client(int reuseaddr, int reuseport)
{
    kept[0] = net_listener("127.0.0.9", 0, 0, 0);
    kept[1] = net_bound_tcp(here, 0, reuseaddr, reuseport);
    CHECK_RESULT(net_connect(kept[1], "127.0.0.9", net_port(kept[0])), 0, "connect");
    return net_port(kept[1]);
}

static int ephemeral_client(int reuseaddr, int reuseport)
{
    kept[0] = net_listener("127.0.0.9", 0, 0, 0);
    kept[1] = net_tcp(here);
    net_reuseaddr(kept[1], reuseaddr);
    net_reuseport(kept[1], reuseport);
    CHECK_RESULT(net_connect(kept[1], "127.0.0.9", net_port(kept[0])), 0, "connect");
    return net_port(kept[1]);
}

static int client_time_wait(int reuseaddr, int reuseport)
{
    int port = ephemeral_client(reuseaddr, reuseport);
    int server = net_accept(kept[0]);

    close(kept[1]);
    net_wait_rows(port, NET_FIN_WAIT2, 1);
    close(server);
    kept[1] = -1;
    net_wait_rows(port, NET_TIME_WAIT, 1);
    return port;
}

static int udp_bound(int reuseaddr, int reuseport)
{
    return net_port(kept[0] = net_bound_udp(here, 0, reuseaddr, reuseport));
}

static int udp_connected(int reuseaddr, int reuseport)
{
    int port = udp_bound(reuseaddr, reuseport);

    CHECK_RESULT(net_connect(kept[0], here, 9), 0, "connect udp");
    return port;
}

static const struct {
    const char *name;
    int (*make)(int reuseaddr, int reuseport);
    bool udp;
    bool addr_on_both;                  /* SO_REUSEADDR on both sides is enough */
    bool port_other_user;               /* SO_REUSEPORT on both is enough for another user */
} holders[] = {
    { "bound only", bound_only, false, true, false },
    { "LISTEN", listening, false, false, false },
    { "ESTABLISHED child", established, false, true, false },
    { "CLOSE_WAIT child", close_wait, false, true, false },
    { "FIN_WAIT2 child", fin_wait2, false, true, false },
    { "orphaned FIN_WAIT2", orphan_fin_wait2, false, true, true },
    { "TIME_WAIT", time_wait, false, true, true },
    { "client on its own port", bound_client, false, true, false },
    { "client on an ephemeral port", ephemeral_client, false, true, false },
    { "client's TIME_WAIT", client_time_wait, false, true, true },
    { "udp", udp_bound, true, true, false },
    { "connected udp", udp_connected, true, true, false },
};

/* A holder with the held options, then one newcomer of `uid` with the wanted ones. */
static void cell(size_t i, const char *column, int held_addr, int held_port, int want_addr,
                 int want_port, unsigned uid, bool allowed)
{
    int port, seen;

    for (size_t n = 0; n < 4; n++)
        kept[n] = -1;
    port = holders[i].make(held_addr, held_port);
    net_user(uid);
    seen = holders[i].udp ? net_try_udp(here, port, want_addr, want_port)
                          : net_try_tcp(here, port, want_addr, want_port);
    net_user(0);
    CHECK_RESULT(seen, allowed ? 0 : -EADDRINUSE, "%s, %s", holders[i].name, column);
    for (size_t n = 0; n < 4; n++) {
        if (kept[n] >= 0)
            close(kept[n]);
    }
}

int main(void)
{
    net_own_namespace();
    for (size_t i = 0; i < sizeof holders / sizeof holders[0]; i++) {
        bool addr = holders[i].addr_on_both, other = holders[i].port_other_user;

        cell(i, "no option", 0, 0, 0, 0, 0, false);
        cell(i, "newcomer alone has SO_REUSEADDR", 0, 0, 1, 0, 0, false);
        cell(i, "holder alone has SO_REUSEADDR", 1, 0, 0, 0, 0, false);
        cell(i, "both have SO_REUSEADDR", 1, 0, 1, 0, 0, addr);
        cell(i, "both have SO_REUSEADDR, other user", 1, 0, 1, 0, NOBODY, addr);
        cell(i, "newcomer alone has SO_REUSEPORT", 0, 0, 0, 1, 0, false);
        cell(i, "holder alone has SO_REUSEPORT", 0, 1, 0, 0, 0, false);
        cell(i, "each has another one", 1, 0, 0, 1, 0, false);
        cell(i, "both have SO_REUSEPORT", 0, 1, 0, 1, 0, true);
        cell(i, "both have SO_REUSEPORT, other user", 0, 1, 0, 1, NOBODY, other);
    }
    return CHECK_PASSED;
}

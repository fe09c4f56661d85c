/* Rule: a probe (a throwaway TCP socket with SO_REUSEADDR and without SO_REUSEPORT, bound and
 * closed) changes no later answer of the kernel, for one holder of any kind; and it succeeds
 * exactly if SO_REUSEADDR on the newcomer alone would cure the bind.
 * Source: inet_csk_get_port(); inet_csk_update_fastreuse() with sk_reuseport 0.
 * Relied on by: facts/probe. See also probe_clears_the_reuseport_latch.c. */
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

enum kind { BOUND, LISTENING, CHILD, TIME_WAIT, KINDS };

static const char *const names[KINDS] = { "bound", "listening", "child", "TIME_WAIT" };
static int kept[2];

static int make(enum kind kind, int reuseaddr, int reuseport)
{
    struct net_pair pair;
    int fd;

    kept[0] = kept[1] = -1;
    if (kind == TIME_WAIT)
        return net_time_wait("127.0.0.1", 0, reuseaddr, reuseport);
    fd = kind == BOUND ? net_bound_tcp("127.0.0.1", 0, reuseaddr, reuseport)
                       : net_listener("127.0.0.1", 0, reuseaddr, reuseport);
    kept[0] = fd;
    if (kind == CHILD) {
        pair = net_pair(fd);
        close(fd);
        kept[0] = pair.server;
        kept[1] = pair.client;
        return net_port(pair.server);
    }
    return net_port(fd);
}

static int answer(enum kind kind, const int held[2], const int want[2], bool probed, int *probe)
{
    int port = make(kind, held[0], held[1]);
    int result;

    if (probed)
        *probe = net_try_tcp("127.0.0.1", port, 1, 0);
    result = net_try_tcp("127.0.0.1", port, want[0], want[1]);
    for (int i = 0; i < 2; i++) {
        if (kept[i] >= 0)
            close(kept[i]);
    }
    return result;
}

int main(void)
{
    net_own_namespace();
    for (int bits = 0; bits < KINDS * 16; bits++) {
        enum kind kind = (enum kind)(bits / 16);
        int held[2] = { bits & 1, bits >> 1 & 1 };
        int want[2] = { bits >> 2 & 1, bits >> 3 & 1 };
        int probe = 0;
        int without = answer(kind, held, want, false, &probe);

        CHECK_RESULT(answer(kind, held, want, true, &probe), without,
                     "after a probe: %s holder with %d %d, newcomer with %d %d", names[kind],
                     held[0], held[1], want[0], want[1]);
        if (want[0] == 1 && want[1] == 0)
            CHECK_RESULT(probe, without, "the probe itself: %s holder with %d %d", names[kind],
                         held[0], held[1]);
    }
    return CHECK_PASSED;
}

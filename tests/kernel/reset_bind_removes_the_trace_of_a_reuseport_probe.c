/* Rule: a probe with the newcomer's own SO_REUSEADDR and SO_REUSEPORT, closed, and then a bind
 * without any option to an address on that port that nobody has, changes no later answer of the
 * kernel, whatever closed or open connections hold the port; and the probe succeeds exactly if
 * SO_REUSEPORT on the newcomer alone would cure the bind. Without that second bind answers change.
 * Source: inet_csk_update_fastreuse(), "tb->fastreuseport = 0".
 * Relied on by: facts/probe_reuseport. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static const char here[] = "127.0.0.1";

/* What holds the port; MIXED: two TIME_WAITs, of which only the older may have SO_REUSEPORT. */
enum kind { TIME_WAIT, MIXED, FIN_WAIT1, FIN_WAIT2, OUTGOING, CHILD, BOUND, KINDS };
static const char *const names[KINDS] = {"TIME_WAIT", "mixed",    "FIN_WAIT1", "FIN_WAIT2",
                                         "outgoing",  "a child", "bound"};

static const char *const later_at[] = {"127.0.0.1", "127.0.0.2", "0.0.0.0", "::", "::1"};
enum { OPTION_SETS = 4, PLACES = 5, ANSWERS = PLACES * OPTION_SETS };

struct trial {
    enum kind kind;
    int held;        /* bits: SO_REUSEADDR, SO_REUSEPORT */
    int want;        /* of the newcomer that is asked about */
    int first;       /* the later answer that is asked for first */
};

enum probing { UNPROBED, PROBED, PROBED_AND_RESET };

static int kept[4], kept_count;

static int keep(int fd)
{
    kept[kept_count++] = fd;
    return fd;
}

static void end_scene(void)
{
    while (kept_count > 0)
        close(kept[--kept_count]);
}

static struct net_pair connection(int options)
{
    int listener = net_listener(here, 0, options & 1, options >> 1);
    struct net_pair pair = net_pair(listener);

    close(listener);
    return pair;
}

static int closed_child(int options, enum net_state state)
{
    static char block[64 * 1024];
    struct net_pair pair = connection(options);
    int port = net_port(pair.server);

    CHECK(fcntl(pair.server, F_SETFL, O_NONBLOCK) == 0, "non-blocking");
    while (state == NET_FIN_WAIT1 && write(pair.server, block, sizeof block) > 0)
        ;
    close(pair.server);
    keep(pair.client);
    net_wait_rows(port, (int)state, 1);
    return port;
}

/* Both listeners have SO_REUSEADDR, or the second could not be. It has no SO_REUSEPORT: the trace
 * of one that had it would be removed with the probe's, which is why no probe is made where a
 * holder is known to have it (probe_clears_the_reuseport_latch). */
static int mixed(int options)
{
    return net_time_wait(here, net_time_wait(here, 0, 1, options >> 1), 1, 0);
}

static int outgoing(int options)
{
    int client = net_tcp(here), listener = keep(net_listener(here, 0, 0, 0));

    net_reuseaddr(client, options & 1);
    net_reuseport(client, options >> 1);
    CHECK_RESULT(net_connect(keep(client), here, net_port(listener)), 0, "connect");
    return net_port(client);
}

static int child(int options)
{
    struct net_pair pair = connection(options);

    keep(pair.client);
    return net_port(keep(pair.server));
}

static int make(enum kind kind, int options)
{
    switch (kind) {
    case TIME_WAIT: return net_time_wait(here, 0, options & 1, options >> 1);
    case MIXED: return mixed(options);
    case FIN_WAIT1: return closed_child(options, NET_FIN_WAIT1);
    case FIN_WAIT2: return closed_child(options, NET_FIN_WAIT2);
    case OUTGOING: return outgoing(options);
    case CHILD: return child(options);
    default: return net_port(keep(net_bound_tcp(here, 0, options & 1, options >> 1)));
    }
}

static int reset(int port)
{
    int fd = net_tcp(here), result;

    CHECK_RESULT(net_set(fd, IPPROTO_IP, IP_FREEBIND, 1), 0, "IP_FREEBIND");
    result = net_bind(fd, "127.98.76.54", port);
    close(fd);
    return result;
}

/* All later answers, in an order that begins with trial->first; returns what the probe said. */
static int answers(const struct trial *trial, enum probing probing, int result[ANSWERS])
{
    int port = make(trial->kind, trial->held), probe = 0;

    if (probing != UNPROBED)
        probe = net_try_tcp(here, port, trial->want & 1, 1);
    if (probing == PROBED_AND_RESET && probe == 0)
        CHECK_RESULT(reset(port), 0, "%s: the reset bind", names[trial->kind]);
    for (int i = 0; i < ANSWERS; i++) {
        int at = (trial->first + i) % ANSWERS, options = at % OPTION_SETS;

        result[at] = net_try_tcp(later_at[at / OPTION_SETS], port, options & 1, options >> 1);
    }
    end_scene();
    return probe;
}

int main(void)
{
    static const int firsts[] = {2, 14}; /* 2: SO_REUSEPORT alone, on the same address */
    long asked = 0, changed = 0, changed_without = 0;

    if (check_kernel_before(6, 1))
        skip("measured and relied on since Linux 6.1");
    net_own_namespace();
    for (int bits = 0; bits < KINDS * 4 * 2 * 2; bits++) {
        struct trial trial = {.kind = (enum kind)(bits / 16),
                              .held = bits & 3,
                              .want = bits >> 2 & 1,
                              .first = firsts[bits >> 3 & 1]};
        int plain[ANSWERS], reset_answers[ANSWERS], probed[ANSWERS], port, probe, truth;

        answers(&trial, UNPROBED, plain);
        answers(&trial, PROBED, probed);
        probe = answers(&trial, PROBED_AND_RESET, reset_answers);
        port = make(trial.kind, trial.held);
        truth = net_try_tcp(here, port, trial.want & 1, 1);
        end_scene();
        CHECK_RESULT(probe, truth, "the probe: %s with %d", names[trial.kind], trial.held);
        for (int i = 0; i < ANSWERS; i++) {
            asked++;
            changed += reset_answers[i] != plain[i];
            changed_without += probed[i] != plain[i];
            CHECK_RESULT(reset_answers[i], plain[i],
                         "%s with %d, newcomer with %d, later %s with %d", names[trial.kind],
                         trial.held, trial.want, later_at[i / OPTION_SETS], i % OPTION_SETS);
        }
    }
    printf("%ld later answers, %ld changed; without the reset %ld\n", asked, changed,
           changed_without);
    CHECK(changed_without > 0, "without the reset some answers change");
    return CHECK_PASSED;
}

/* Whose a TIME_WAIT is: said only if one process alone can have left it, by times, addresses,
 * options and ports; and its options only if all who may have left it had the same. Where
 * somebody unseen may have come since, it is not said for sure. */
#include <fcntl.h>
#include <string.h>

#include "check.h"
#include "past/past_leftover.h"
#include "net.h"

enum { S = 1000 * 1000 };
#define NOW (INT64_C(1700000000) * S)
#define AGO(seconds) (NOW - (int64_t)(seconds) * S)

static struct past_candidates found;

static struct endpoint inet(uint8_t last, uint16_t port)
{
    return (struct endpoint){.family = FAMILY_INET, .port = port,
                             .address = {last == 0 ? 0 : 127, 0, 0, last}};
}

static void start(void)
{
    memset(&found, 0, sizeof found);
    found.complete = true;
}

/* Binds are added from the youngest to the oldest. */
static struct past_candidate *add(struct endpoint local, bool reuseaddr, int listened_ago,
                                  enum answer lives, int ended_ago)
{
    struct past_candidate *one = &found.list[found.count++];

    *one = (struct past_candidate){
        .bind = {.protocol = PROTOCOL_TCP, .local = local, .time_us = AGO(listened_ago),
                 .listened_us = AGO(listened_ago),
                 .past = {.phase = PHASE_LISTENING, .protocol = PROTOCOL_TCP}},
        .binder.pid = 4200,
        .binder.lives = lives,
        .binder.ended_us = ended_ago >= 0 ? AGO(ended_ago) : 0,
    };
    if (reuseaddr) {
        one->bind.past.event_count = 1;
        one->bind.past.events[0] = (struct option_event){
            .kind = OPTION_REUSEADDR, .phase = PHASE_FRESH, .value = true};
    }
    return one;
}

static struct past_leftover ask(struct endpoint local, int began_ago)
{
    struct holder holder = {
        .socket = {.protocol = PROTOCOL_TCP, .local = local, .state = STATE_TIME_WAIT,
                   .minisocket = true},
        .timer_ms = 60000 - began_ago * 1000,
    };

    return past_leftover(&found, &holder, NOW);
}

static void said(const struct past_leftover *left, const struct past_candidate *who,
                 enum answer reuseaddr, const char *what)
{
    CHECK(left->only == who, "%s: who", what);
    CHECK_EQ(left->reuseaddr, reuseaddr, "%s: SO_REUSEADDR", what);
    CHECK(left->sure || (who == NULL && reuseaddr == ANSWER_UNKNOWN), "%s: for sure", what);
}

static void last_seen(const struct past_leftover *left, const char *what)
{
    CHECK(left->only == &found.list[0], "%s: who", what);
    CHECK(!left->sure, "%s: not for sure", what);
}

static void one_process(void)
{
    const struct endpoint local = inet(1, 8080);
    struct past_leftover left;

    start();
    add(local, false, 100, ANSWER_NO, 7);
    left = ask(local, 7);
    said(&left, &found.list[0], ANSWER_NO, "it ended, and left it");
    left = ask(inet(2, 8080), 7);
    said(&left, NULL, ANSWER_UNKNOWN, "another address");
    left = ask(inet(1, 8081), 7);
    said(&left, NULL, ANSWER_UNKNOWN, "another port");

    start();
    add(inet(0, 8080), true, 100, ANSWER_YES, -1)->holds = true;
    left = ask(local, 7);
    said(&left, &found.list[0], ANSWER_YES, "a living process on the wildcard");

    start();
    add(inet(1, 40000), true, 100, ANSWER_YES, -1)->holds = true;
    left = ask(inet(1, 40000), 7);
    said(&left, &found.list[0], ANSWER_YES, "one that has it still, whatever the port");
    found.list[0].holds = false;
    left = ask(inet(1, 40000), 7);
    said(&left, NULL, ANSWER_UNKNOWN, "it has closed it: any program may have left it since");

    start();
    add(local, false, 100, ANSWER_YES, -1);
    left = ask(local, 7);
    last_seen(&left, "it lives and has closed it: another server may have left it since");

    start();
    add(local, false, 100, ANSWER_NO, 8);
    left = ask(local, 7);
    last_seen(&left, "it began after the end: another server may have come at once");

    start();
    add(local, false, 5, ANSWER_NO, 1);
    left = ask(local, 7);
    said(&left, NULL, ANSWER_UNKNOWN, "it listened after the connection had ended");
}

static void several(void)
{
    const struct endpoint local = inet(1, 8080);
    struct past_leftover left;

    start();
    add(local, false, 20, ANSWER_NO, 7);
    add(local, true, 40, ANSWER_NO, 30);
    left = ask(local, 7);
    said(&left, &found.list[0], ANSWER_NO,
         "the younger could not have been bound over what the older had left");

    start();
    add(local, true, 20, ANSWER_NO, 7);
    add(local, true, 40, ANSWER_NO, 30);
    left = ask(local, 7);
    said(&left, NULL, ANSWER_YES, "either of two; both had the option");

    start();
    add(local, true, 20, ANSWER_NO, 7)->bind.past.events[0].phase = PHASE_LISTENING;
    left = ask(local, 7);
    said(&left, &found.list[0], ANSWER_UNKNOWN, "set after listen: some may have it, some not");

    start();
    add(local, true, 20, ANSWER_NO, 7)->bind.unplaced = HISTORY_UNPLACED_REUSEADDR_OFF;
    left = ask(local, 7);
    said(&left, &found.list[0], ANSWER_UNKNOWN, "cleared on a socket not known");

    start();
    add(local, true, 20, ANSWER_NO, 7);
    add(local, true, 400, ANSWER_NO, 300);
    left = ask(local, 7);
    said(&left, &found.list[0], ANSWER_YES, "nothing is left of one who ended five minutes ago");

    start();
    add(local, false, 20, ANSWER_NO, 7);
    found.complete = false;
    left = ask(local, 7);
    said(&left, NULL, ANSWER_UNKNOWN, "not every history was read");
}

/* Who shares a port leaves what any other of the group may have left. */
static void shared(void)
{
    struct past_candidate *one;
    struct past_leftover left;

    start();
    one = add(inet(1, 8080), false, 100, ANSWER_YES, -1);
    one->holds = true;
    one->bind.past.event_count = 1;
    one->bind.past.events[0] =
        (struct option_event){.kind = OPTION_REUSEPORT, .phase = PHASE_FRESH, .value = true};
    left = ask(inet(1, 8080), 7);
    last_seen(&left, "SO_REUSEPORT");
}

/* Ports 8000 to 9000 are given to outgoing connections here. */
static void outgoing_ports(void)
{
    struct past_leftover left;

    net_sysctl("net/ipv4/ip_local_port_range", "8000 9000");
    start();
    add(inet(1, 8080), false, 100, ANSWER_NO, 7);
    left = ask(inet(1, 8080), 7);
    said(&left, &found.list[0], ANSWER_NO, "it began while its process lived");
    left = ask(inet(1, 8080), 2);
    said(&left, NULL, ANSWER_UNKNOWN, "after its end anybody may have had the port");

    start();
    add(inet(1, 8080), false, 100, ANSWER_NO, -1);
    left = ask(inet(1, 8080), 7);
    said(&left, NULL, ANSWER_UNKNOWN, "killed, nobody knows when");

    start();
    add(inet(1, 7000), false, 100, ANSWER_NO, -1);
    left = ask(inet(1, 7000), 7);
    last_seen(&left, "killed, but no outgoing connection has this port");

    start();
    add(inet(1, 7000), false, 1000, ANSWER_NO, -1)->binder.found_dead_us = AGO(500);
    left = ask(inet(1, 7000), 7);
    said(&left, NULL, ANSWER_UNKNOWN, "it has been dead for too long");
}

int main(void)
{
    net_own_namespace();
    net_sysctl("net/ipv4/ip_local_port_range", "32768 60999");
    one_process();
    several();
    shared();
    outgoing_ports();
    return 0;
}

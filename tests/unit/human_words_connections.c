/* Claim: each reason that connections give, open or closed, has a wording of its own
 * that says what an administrator must know: who, where, and the rule that refuses it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stories.h"

static void time_wait(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    holder = add_connection(&sample, STATE_TIME_WAIT);
    holder->owner = (struct owner){.relation = RELATION_NONE, .uid = UID_UNKNOWN, .fd = -1};
    holder->socket.minisocket = true;
    holder->timer_ms = 900;
    expect(&sample, REASON_TIME_WAIT,
           "1 closed connection still holds 80 (TIME_WAIT). Neither side has SO_REUSEADDR, and "
           "Linux lets a port be taken over only if both sides have it.");
    assert_non_null(strstr(buffer, "\n  held   TIME_WAIT 10.0.0.1:80 to 10.0.0.9:51234, "
                                   "SO_REUSEADDR 0\n  frees  in 900 ms\n"));
}

/* That the call was refused tells that one of them lacks the option, and no more. */
static void time_wait_of_which_one_lacks_the_option(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.attempt.socket.options.reuseaddr = ANSWER_YES;
    holder = add_connection(&sample, STATE_TIME_WAIT);
    holder->owner = (struct owner){.relation = RELATION_NONE, .uid = UID_UNKNOWN, .fd = -1};
    holder->socket.minisocket = true;
    holder->socket.options.reuseaddr = ANSWER_UNKNOWN;
    holder->count = 3;
    expect(&sample, REASON_TIME_WAIT,
           "3 closed connections still hold 80 (TIME_WAIT). At least one of them was made without "
           "SO_REUSEADDR, and Linux lets a port be taken over only if both sides have it.");
    assert_non_null(strstr(buffer, "\n  held   3 x TIME_WAIT 10.0.0.1:80\n"));
    /* What is remembered of their listener is true of each. */
    holder->some_lack.reuseaddr = false;
    assert_non_null(strstr(print(&sample), " They were made without SO_REUSEADDR, and "));
    assert_non_null(strstr(buffer, "\n  held   3 x TIME_WAIT 10.0.0.1:80, SO_REUSEADDR 0\n"));
    /* By the probe: this side lacks it too. */
    sample.evidence.attempt.socket.options.reuseaddr = ANSWER_NO;
    sample.evidence.probe = ANSWER_NO;
    holder->socket.options.reuseaddr = ANSWER_UNKNOWN;
    expect(&sample, REASON_TIME_WAIT,
           "3 closed connections still hold 80 (TIME_WAIT). This socket has no SO_REUSEADDR, and "
           "at least one of them was made without it, and Linux lets a port be taken over only if "
           "both sides have it.");
}

static void closing(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    holder = add_connection(&sample, STATE_FIN_WAIT2);
    holder->count = 3;
    holder->owner = (struct owner){.relation = RELATION_NONE, .uid = UID_UNKNOWN, .fd = -1};
    holder->socket.options.reuseaddr = ANSWER_UNKNOWN;
    expect(&sample, REASON_CLOSING,
           "3 connections that are being closed still hold 80 (FIN_WAIT2). This side has closed, "
           "the other end has not. Linux lets it be shared or taken over only if both sides have "
           "SO_REUSEADDR: this socket does not have it; whether they have it cannot be seen.");
}

static void connections(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.attempt.socket.options.reuseaddr = ANSWER_YES;
    add_connection(&sample, STATE_ESTABLISHED)->outgoing = ANSWER_NO;
    expect(&sample, REASON_CONNECTIONS,
           "1 connection (ESTABLISHED) on 80 is still open in worker[99] (fd 7). A connection "
           "keeps "
           "its listener's port, also when the listener is gone. That socket has no SO_REUSEADDR, "
           "and Linux lets a port be taken over only if both sides have it.");
    assert_non_null(strstr(buffer, "unknown: when worker[99] ends the connection\n"));
}

static void outgoing(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 40000);
    holder = sample_add(&sample, sample_holder("10.0.0.1", 40000, STATE_ESTABLISHED));
    sample_owner(holder, RELATION_OTHER, "curl", 99, 3);
    holder->remote = sample_endpoint("1.2.3.4", 443);
    holder->socket.connected = true;
    holder->outgoing = ANSWER_YES;
    holder->socket.options.reuseaddr = ANSWER_NO;
    sample.evidence.range = (struct range){.first = 32768, .last = 60999};
    expect(&sample, REASON_OUTGOING,
           "An outgoing connection of curl[99] (fd 3) to 1.2.3.4:443 happens to use 40000 as its "
           "local port. The kernel gives outgoing connections ports from 32768 to 60999. Neither "
           "side has SO_REUSEADDR, and Linux lets a port be taken over only if both sides have "
           "it.");
    sample.evidence.range.last = 39999; /* not by chance, then */
    assert_non_null(strstr(print(&sample), " to 1.2.3.4:443 uses 40000 as its local port. "
                                           "Neither "));
    sample.evidence.range.last = 60999;
    holder->memory.bound_at_us = SECONDS_AGO(5);
    assert_non_null(strstr(print(&sample), " uses 40000 as its local port, which it has bound "
                                           "itself. Neither "));
}

static void outgoing_over_ipv6(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 40000);
    holder = sample_add(&sample, sample_holder("fd00::1", 40000, STATE_ESTABLISHED));
    sample_owner(holder, RELATION_OTHER, "curl", 99, 3);
    holder->remote = sample_endpoint("fd00::2", 443);
    holder->socket.connected = true;
    holder->socket.options = (struct options){ANSWER_NO, ANSWER_NO, ANSWER_NO};
    holder->outgoing = ANSWER_YES;
    expect(&sample, REASON_OUTGOING,
           "An outgoing connection of curl[99] (fd 3) to [fd00::2]:443 uses 40000 as its local "
           "port. Linux counts it against 0.0.0.0 although it is one over IPv6, because its "
           "socket is without IPV6_V6ONLY. Neither side has SO_REUSEADDR, and Linux lets a port be "
           "taken over only if both sides have it.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_wait),
        cmocka_unit_test(time_wait_of_which_one_lacks_the_option),
        cmocka_unit_test(closing),
        cmocka_unit_test(connections),
        cmocka_unit_test(outgoing),
        cmocka_unit_test(outgoing_over_ipv6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

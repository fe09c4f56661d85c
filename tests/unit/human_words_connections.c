/* Claim: each reason that connections give, open or closed, is told in words of its own: the first
 * line says what has the address, the rule which side lacks the option. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stories.h"

static const struct owner nobody = {.relation = RELATION_NONE, .uid = UID_UNKNOWN, .fd = -1};

static struct holder *add_time_wait(struct sample *sample)
{
    struct holder *holder;

    sample_init(sample, "0.0.0.0", 80);
    holder = add_connection(sample, STATE_TIME_WAIT);
    holder->owner = nobody;
    holder->socket.minisocket = true;
    holder->timer_ms = 900;
    return holder;
}

static void time_wait(void **state)
{
    struct sample sample;

    (void)state;
    add_time_wait(&sample);
    expect(&sample, REASON_TIME_WAIT, "server must wait 900 ms for 80: closed connections");
    expect_line("rule", "Both sides need SO_REUSEADDR (TIME_WAIT): neither has it.");
    expect_no_line("holder");
    print_as(&sample, &verbose);
    expect_line("held", "TIME_WAIT 10.0.0.1:80 to 10.0.0.9:51234, SO_REUSEADDR 0");
    expect_line("frees", "in 900 ms");
}

/* Where the option on this side is enough, there is nothing to wait for. */
static void time_wait_of_a_side_that_has_the_option(void **state)
{
    struct sample sample;

    (void)state;
    add_time_wait(&sample)->socket.options.reuseaddr = ANSWER_YES;
    expect(&sample, REASON_TIME_WAIT, "server cannot bind 80 without SO_REUSEADDR");
    expect_line("rule", "Both sides need SO_REUSEADDR (TIME_WAIT): only the other has it.");
}

static void time_wait_of_the_last_run(void **state)
{
    struct sample sample;

    (void)state;
    sample_time_wait(&sample);
    print(&sample);
    assert_int_equal(strncmp(buffer,
                             "reuseshim: server must wait 53 s for 8080: closed connections "
                                     "[time-wait]\n", 70), 0);
    expect_line("holder", "server[4200], the last run of this program, ended 7 s ago");
    expect_line("rule", "Both sides need SO_REUSEADDR (12 in TIME_WAIT): only this one has it.");
}

/* That the call was refused tells that one of them lacks the option, and no more. */
static void time_wait_of_which_one_lacks_the_option(void **state)
{
    struct sample sample;
    struct holder *holder = add_time_wait(&sample);

    (void)state;
    sample.evidence.attempt.socket.options.reuseaddr = ANSWER_YES;
    holder->socket.options.reuseaddr = ANSWER_UNKNOWN;
    holder->count = 3;
    sample_judge(&sample);
    print(&sample);
    expect_line("rule", "Both sides need SO_REUSEADDR (3 in TIME_WAIT): at least one lacks it.");
    /* What is remembered of their listener is true of each. */
    holder->some_lack.reuseaddr = false;
    print_as(&sample, &verbose);
    expect_line("rule", "Both sides need SO_REUSEADDR (3 in TIME_WAIT): only this one has it.");
    expect_line("held", "3 x TIME_WAIT 10.0.0.1:80, SO_REUSEADDR 0");
    /* By the probe: this side lacks it too. */
    sample.evidence.attempt.socket.options.reuseaddr = ANSWER_NO;
    sample.evidence.probe = ANSWER_NO;
    holder->socket.options.reuseaddr = ANSWER_UNKNOWN;
    sample_judge(&sample);
    print(&sample);
    expect_line("rule", "Both sides need SO_REUSEADDR (3 in TIME_WAIT): this side lacks it, at "
                        "least one of those too.");
}

static void closing(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    holder = add_connection(&sample, STATE_FIN_WAIT2);
    holder->count = 3;
    holder->owner = nobody;
    holder->socket.options.reuseaddr = ANSWER_UNKNOWN;
    expect(&sample, REASON_CLOSING, "server cannot bind 80: old connections are still closing");
    expect_line("rule",
                "Both sides need SO_REUSEADDR (3 in FIN_WAIT2): this side lacks it, what the "
                        "other has cannot be seen.");
}

static void connections(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.attempt.socket.options.reuseaddr = ANSWER_YES;
    holder = add_connection(&sample, STATE_ESTABLISHED);
    holder->outgoing = ANSWER_NO;
    expect(&sample, REASON_CONNECTIONS,
           "server cannot bind 80: connections of worker[99]");
    expect_line("rule", "Both sides need SO_REUSEADDR (ESTABLISHED): only this one has it.");
    print_as(&sample, &verbose);
    expect_line("frees", "when its connections end");
    holder->owner.comm = "app";
    expect(&sample, REASON_CONNECTIONS, "server cannot bind 80: app[99] still has 1 connection");
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
           "server cannot bind 40000: curl[99] connects from it");
    expect_line("rule", "The kernel gives outgoing connections ports from 32768 to 60999.");
    sample.evidence.range.last = 39999; /* not by chance, then */
    assert_null(strstr(print(&sample), "The kernel gives"));
    sample.evidence.range.last = 60999;
    holder->memory.bound_at_us = SECONDS_AGO(5);
    assert_null(strstr(print(&sample), "The kernel gives"));
    assert_non_null(strstr(buffer, "The port was bound before the connection was made. Both "));
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
    sample_judge(&sample);
    print(&sample);
    expect_line("rule", "An IPv6 connection without IPV6_V6ONLY counts against 0.0.0.0. Both sides "
                        "need SO_REUSEADDR (ESTABLISHED): neither has it.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_wait),
        cmocka_unit_test(time_wait_of_a_side_that_has_the_option),
        cmocka_unit_test(time_wait_of_the_last_run),
        cmocka_unit_test(time_wait_of_which_one_lacks_the_option),
        cmocka_unit_test(closing),
        cmocka_unit_test(connections),
        cmocka_unit_test(outgoing),
        cmocka_unit_test(outgoing_over_ipv6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

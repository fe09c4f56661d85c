/* Claim: a cure is offered where it would work and nowhere else, with its risk, and with a
 * command that can be pasted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "cures.h"

static const struct {
    const char *what;
    const char *want, *want_letters;
    const char *held;
    enum socket_state state;
    const char *held_letters;
    const char *cures;
} rows[] = {
    {"a listener", here, "", here, STATE_LISTEN, "", "stop wait-leaving"},
    {"a listener, of another user", here, "", here, STATE_LISTEN, "o",
     "stop wait-leaving"},
    {"a listener with SO_REUSEPORT", here, "", here, STATE_LISTEN, "p",
     "stop wait-leaving share"},
    {"a listener beside ::", "::", "", here, STATE_LISTEN, "",
     "stop another-address wait-leaving v6only"},
    {"a listener beside 0.0.0.0", "0.0.0.0", "", here, STATE_LISTEN, "",
     "stop another-address wait-leaving"},
    {"a listener on 0.0.0.0 beside ::", "::", "", "0.0.0.0", STATE_LISTEN, "",
     "stop wait-leaving v6only"},
    {"a listener on ::", here, "", "::", STATE_LISTEN, "",
     "stop wait-leaving v6only"},
    {"a listener on ::, V6ONLY not known", here, "", "::", STATE_LISTEN, "VP",
     "stop wait-leaving v6only"},
    {"a listener on :: beside ::1", "::1", "", "::", STATE_LISTEN, "",
     "stop wait-leaving"},
    {"a connection beside 0.0.0.0", "0.0.0.0", "a", here, STATE_ESTABLISHED, "c", "stop"},
    {"UDP on ::", here, "u", "::", STATE_BOUND, "u", "stop v6only"},
    {"a bound socket with the option", here, "", here, STATE_BOUND, "a", "force stop"},
    {"a bound socket without", here, "a", here, STATE_BOUND, "", "stop"},
    {"a connection with the option", here, "", here, STATE_ESTABLISHED, "ac", "force stop"},
    {"a connection without", here, "a", here, STATE_ESTABLISHED, "c", "stop"},
    {"TIME_WAIT with the option", here, "", here, STATE_TIME_WAIT, "acm",
     "force free wait-always"},
    {"TIME_WAIT without, newcomer with", here, "a", here, STATE_TIME_WAIT, "cm",
     "free wait-always next-time"},
    {"TIME_WAIT without, newcomer without", here, "", here, STATE_TIME_WAIT, "cm",
     "free force-from-now-on wait-always"},
    {"UDP with the option", here, "u", here, STATE_BOUND, "ua", "stop"},
    {"UDP without", here, "u", here, STATE_BOUND, "u", "stop"},
    {"multicast without", "224.0.0.1", "u", "224.0.0.1", STATE_BOUND, "u", "force-multicast stop"},
};

/* What helps now stands before what helps from now on, and says whom it harms. */
static void expect_kinds_in_order(const struct sample_case *it, const char *what)
{
    for (size_t i = 0; i < it->verdict.cure_count; i++) {
        const struct cure *now = &it->verdict.cures[i];

        if (i > 0 && now->kind < now[-1].kind)
            fail_msg("%s: %s stands behind %s", what, now->id, now[-1].id);
        if (now->kind == CURE_NOW && now->risk != RISK_NONE && now->harm == NULL)
            fail_msg("%s: %s says not whom it harms", what, now->id);
    }
}

static void each_row_has_its_cures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sample_case it;

        case_begin(&it, rows[i].want, rows[i].want_letters);
        case_add(&it, rows[i].held, rows[i].state, rows[i].held_letters);
        case_conclude(&it);
        expect_cures_of(&it, rows[i].what, rows[i].cures);
        expect_kinds_in_order(&it, rows[i].what);
    }
}

static void waiting_covers_the_time_that_is_left(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_TIME_WAIT, "cm")->timer_ms = 53000;
    it.evidence.attempt.caller.uid = 1000;
    case_conclude(&it);
    expect_command(&it, "wait", "reuseshim wait 127.0.0.1:80 && ./server");
    expect_command(&it, "wait-always", "reuseshim run -p force+wait:60s -- ./server");
    /* Root frees it at once, and waits where the kernel refuses that; for others waiting comes first. */
    assert_ptr_equal(offered(&it, "wait"), &it.verdict.cures[0]);
    expect_command(&it, "free", "sudo reuseshim free 127.0.0.1:80");
    it.evidence.attempt.caller.uid = 0;
    case_conclude(&it);
    expect_command(&it, "free",
                   "reuseshim free 127.0.0.1:80 || reuseshim wait 127.0.0.1:80 && ./server");
    assert_null(offered(&it, "wait"));
    it.evidence.attempt.caller.uid = 1000;
    case_conclude(&it);
    assert_int_equal(offered(&it, "wait")->risk, RISK_SAFE);
    assert_int_equal(offered(&it, "free")->risk, RISK_ROOT);
    it.holders[0].timer_ms = 59999;
    case_conclude(&it);
    expect_command(&it, "wait-always", "reuseshim run -p force+wait:70s -- ./server");
    /* It has gone to another folder than its parent's, where the command will be pasted. */
    it.evidence.attempt.caller.folder = "/srv/the app";
    case_conclude(&it);
    expect_command(&it, "wait", "reuseshim wait 127.0.0.1:80 && cd '/srv/the app' && ./server");
    expect_command(&it, "wait-always",
                   "cd '/srv/the app' && reuseshim run -p force+wait:70s -- ./server");
    it.evidence.attempt.caller.folder = NULL;
    it.holders[0].timer_ms = 0;
    case_conclude(&it);
    expect_command(&it, "wait-always", "reuseshim run -p force+wait:10s -- ./server");
    assert_string_equal(offered(&it, "wait")->text, "wait, it ends in 0 s");
    /* The other end may close in the last moment, which adds a whole TIME_WAIT, or earlier. */
    case_begin(&it, here, "");
    it.evidence.attempt.caller.uid = 1000;
    case_add(&it, here, STATE_FIN_WAIT2, "cm")->timer_ms = 30000;
    case_conclude(&it);
    expect_command(&it, "wait-always", "reuseshim run -p force+wait:100s -- ./server");
    assert_string_equal(offered(&it, "wait")->text, "wait, it ends in 90 s at most");
}

/* Each for the protocol at hand; UDP-Lite has no word in a policy. */
static void a_setting_reaches_the_socket_that_it_is_for(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, "::", "");
    case_add(&it, "0.0.0.0", STATE_LISTEN, "");
    case_conclude(&it);
    expect_command(&it, "v6only", "reuseshim run -p tcp6=v6only -- ./server");
    case_begin(&it, "::", "u");
    case_add(&it, "0.0.0.0", STATE_BOUND, "u");
    case_conclude(&it);
    expect_command(&it, "v6only", "reuseshim run -p udp6=v6only -- ./server");
    it.evidence.attempt.socket.protocol = it.holders[0].socket.protocol = PROTOCOL_UDPLITE;
    case_conclude(&it);
    expect_cures(&it, "stop");
    case_begin(&it, here, "u");
    case_add(&it, "::", STATE_BOUND, "u");
    case_conclude(&it);
    expect_command(&it, "v6only", ""); /* the other one has to be started so */
    assert_int_equal(offered(&it, "v6only")->risk, RISK_DISRUPTS);
}

static void another_address_is_named_where_the_rest_is_free(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, "0.0.0.0", "");
    case_add(&it, here, STATE_LISTEN, "AP")->owner =
        (struct owner){.relation = RELATION_UNSEEN, .fd = -1, .uid = UID_UNKNOWN};
    case_conclude(&it);
    expect_cures(&it, "another-address"); /* whoever has it */
    assert_string_equal(offered(&it, "another-address")->text,
                        "bind one address instead of all: on this port only 127.0.0.1 is held");
    case_add(&it, "127.0.0.2", STATE_LISTEN, "");
    case_conclude(&it);
    assert_string_equal(offered(&it, "another-address")->text,
                        "bind one address instead of all: on this port only 127.0.0.1, 127.0.0.2 "
                        "are held");
    it.evidence.holder_count = 1;
    it.evidence.bound_seen = false; /* one that does not listen may be on another */
    case_conclude(&it);
    assert_null(offered(&it, "another-address"));
    it.evidence.bound_seen = true;
    it.evidence.left_out = 1;
    case_conclude(&it);
    assert_null(offered(&it, "another-address"));
}

static void nothing_is_promised_that_is_not_known(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_LISTEN, "AP")->owner =
        (struct owner){.relation = RELATION_UNSEEN, .fd = -1, .uid = UID_UNKNOWN};
    case_conclude(&it);
    expect_cures(&it, "");
    case_begin(&it, here, "");
    case_add(&it, here, STATE_TIME_WAIT, "cm");
    it.evidence.left_out = 1; /* who knows what that is */
    case_conclude(&it);
    expect_cures(&it, "");
}

/* Under wait:TIME the call is tried again already; only a longer time would be of use. */
static void who_waits_already_is_not_told_to_wait(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "a");
    case_add(&it, here, STATE_TIME_WAIT, "cm")->timer_ms = 53000;
    it.evidence.attempt.waits_ms = 90000;
    case_conclude(&it);
    expect_command(&it, "wait", "");
    assert_string_equal(offered(&it, "wait")->text, "wait: the policy tries it again for 90 s");
    it.evidence.attempt.waits_ms = 52999;
    case_conclude(&it);
    expect_command(&it, "wait", "reuseshim wait 127.0.0.1:80 && ./server");
    case_begin(&it, here, "");
    case_add(&it, here, STATE_LISTEN, "");
    it.evidence.attempt.waits_ms = 2000;
    case_conclude(&it);
    assert_string_equal(offered(&it, "wait")->text, "wait: the policy tries it again for 2 s");
}

/* On another address of the same port somebody may live. */
static void what_is_freed_is_the_address_that_was_asked_for(void **state)
{
    static const struct {
        const char *want, *command;
    } cases[] = {
        {"127.0.0.1", "sudo reuseshim free 127.0.0.1:80"},
        {"::1", "sudo reuseshim free '[::1]:80'"},
        {"0.0.0.0", "sudo reuseshim free 80"},
        {"::", "sudo reuseshim free 80"},
    };
    struct sample_case it;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        case_begin(&it, cases[i].want, "");
        it.evidence.attempt.caller.uid = 1000;
        case_add(&it, cases[i].want[0] == ':' ? "::1" : here, STATE_TIME_WAIT, "cm");
        case_conclude(&it);
        expect_command(&it, "free", cases[i].command);
    }
}

static void what_this_kernel_cannot_end_is_not_to_be_freed(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_TIME_WAIT, "cm")->socket.outlasts = true;
    case_conclude(&it);
    assert_null(offered(&it, "free"));
    assert_non_null(offered(&it, "wait"));
}

/* No socket is in the way: neither to wait as the policy does nor another option helps. */
static void a_missing_address_and_a_missing_right_have_cures(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    it.evidence.attempt.error = EADDRNOTAVAIL;
    it.evidence.attempt.waits_ms = 30000;
    case_conclude(&it);
    expect_cures(&it, "own-address wait-address");
    expect_command(&it, "wait-address", "reuseshim wait --timeout 1m 127.0.0.1:80 && ./server");
    it.evidence.attempt.error = EACCES;
    it.evidence.free_from = 1024;
    it.evidence.free_port = 1024;
    case_conclude(&it);
    expect_cures(&it, "another-port open-port right");
    expect_command(&it, "open-port", "sysctl -w net.ipv4.ip_unprivileged_port_start=80");
}

/* Who asks is not root, and somebody whom only root sees has it. */
static void root_is_asked_only_where_that_tells_more(void **state)
{
    struct sample_case it;
    struct owner *owner;

    (void)state;
    case_begin(&it, here, "");
    it.evidence.attempt.caller.uid = OUR_UID;
    it.evidence.limits = 1u << VISIBILITY_UNPRIVILEGED;
    owner = &case_add(&it, here, STATE_LISTEN, "AP")->owner;
    *owner = (struct owner){.relation = RELATION_UNSEEN, .fd = -1, .uid = UID_UNKNOWN};
    case_conclude(&it);
    expect_cures(&it, "look");
    expect_command(&it, "look", "sudo reuseshim why 127.0.0.1:80");
    assert_int_equal(offered(&it, "look")->risk, RISK_ROOT);
    it.evidence.attempt.caller.uid = 0;
    case_conclude(&it);
    expect_cures(&it, "");
    it.evidence.attempt.caller.uid = OUR_UID;
    it.evidence.limits = 1u << VISIBILITY_OTHER_PID_NAMESPACE; /* root of it sees no more */
    case_conclude(&it);
    expect_cures(&it, "look-around");
    expect_command(&it, "look-around", "reuseshim why 127.0.0.1:80");
    it.evidence.limits = 1u << VISIBILITY_HIDEPID;
    owner->relation = RELATION_OTHER;
    owner->pid = 4711;
    case_conclude(&it);
    assert_null(offered(&it, "look"));
}

static void an_outgoing_port_is_reserved(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_ESTABLISHED, "c")->outgoing = ANSWER_YES;
    it.evidence.range = (struct range){.first = PORT, .last = PORT};
    case_conclude(&it);
    expect_cures(&it, "stop reserve");
    assert_non_null(strstr(it.verdict.cures[1].command, "ip_local_reserved_ports"));
    assert_int_equal(it.verdict.cures[1].risk, RISK_ROOT);
    /* The kernel never gives it by itself: who has it has asked for it, and would get it again. */
    it.evidence.range.first = it.evidence.range.last = PORT + 1;
    case_conclude(&it);
    expect_cures(&it, "stop");
    it.evidence.range.first = PORT;
    it.holders[0].memory.bound_at_us = 1; /* by its number, as far as is known */
    case_conclude(&it);
    expect_cures(&it, "stop");
    it.holders[0].memory.bound_at_us = 0;
    it.evidence.range = (struct range){0};
    case_conclude(&it);
    expect_cures(&it, "stop");
}

/* Only where the option would help, and the program is known. */
static void a_program_is_told_its_own_option(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_TIME_WAIT, "cm");
    it.evidence.attempt.caller.exe = "/usr/bin/perl";
    case_conclude(&it);
    assert_non_null(strstr(offered(&it, "own-option")->text, "ReuseAddr => 1"));
    it.evidence.attempt.caller.exe = "/usr/sbin/server";
    case_conclude(&it);
    assert_null(offered(&it, "own-option"));
    it.evidence.attempt.caller.exe = "/usr/bin/perl";
    it.evidence.attempt.socket.options.reuseaddr = ANSWER_YES;
    case_conclude(&it);
    assert_null(offered(&it, "own-option"));
    case_begin(&it, here, "");
    case_add(&it, here, STATE_LISTEN, "");
    it.evidence.attempt.caller.exe = "/usr/bin/perl";
    case_conclude(&it);
    assert_null(offered(&it, "own-option"));
}

static void a_used_up_range_is_widened(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    it.evidence.attempt.socket.local.port = 0;
    it.evidence.range = (struct range){.first = 32768, .last = 60999};
    case_conclude(&it);
    expect_cures(&it, "widen");
    it.evidence.range.own = true; /* the socket's own, which stays */
    case_conclude(&it);
    expect_cures(&it, "");
    it.evidence.range.own = false;
    /* Of UDP with the option: if all had it, a port would be found; nobody decides, though. */
    it.evidence.attempt.socket.protocol = PROTOCOL_UDP;
    it.evidence.attempt.socket.options.reuseaddr = ANSWER_YES;
    case_conclude(&it);
    expect_cures(&it, "widen");
    it.evidence.range.first = 1024; /* there is nothing to add */
    case_conclude(&it);
    expect_cures(&it, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_has_its_cures),
        cmocka_unit_test(waiting_covers_the_time_that_is_left),
        cmocka_unit_test(a_setting_reaches_the_socket_that_it_is_for),
        cmocka_unit_test(another_address_is_named_where_the_rest_is_free),
        cmocka_unit_test(nothing_is_promised_that_is_not_known),
        cmocka_unit_test(who_waits_already_is_not_told_to_wait),
        cmocka_unit_test(what_is_freed_is_the_address_that_was_asked_for),
        cmocka_unit_test(what_this_kernel_cannot_end_is_not_to_be_freed),
        cmocka_unit_test(a_missing_address_and_a_missing_right_have_cures),
        cmocka_unit_test(root_is_asked_only_where_that_tells_more),
        cmocka_unit_test(an_outgoing_port_is_reserved),
        cmocka_unit_test(a_program_is_told_its_own_option),
        cmocka_unit_test(a_used_up_range_is_widened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

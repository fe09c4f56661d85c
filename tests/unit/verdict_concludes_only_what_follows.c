/* Claim: options that nobody could read are concluded from the probe and from the refusal
 * itself, and 'would it have worked' is answered, only where that follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parties.h"

static const char here[] = "127.0.0.1";

static void expect_would(const struct sample_case *it, const char *expected, size_t row)
{
    static const char letters[ANSWER_COUNT + 1] = "?ny";

    for (size_t i = 0; i < IF_COUNT; i++) {
        if (letters[it->verdict.would[i]] != expected[i])
            fail_msg("row %zu: %s: expected %c, seen %c", row, what_if_name((enum what_if)i),
                     expected[i], letters[it->verdict.would[i]]);
    }
}

/* The five answers: newcomer and both SO_REUSEADDR, newcomer and both SO_REUSEPORT, V6ONLY. */
static const struct {
    const char *want, *want_letters;
    const char *held;
    enum socket_state state;
    const char *held_letters;
    const char *would;
    enum lacks lacks;
} rows[] = {
    {"127.0.0.1", "", "127.0.0.1", STATE_LISTEN, "", "nnnyn", LACKS_BOTH},
    {"127.0.0.1", "a", "127.0.0.1", STATE_LISTEN, "a", "nnnyn", LACKS_NEITHER},
    {"127.0.0.1", "", "127.0.0.1", STATE_LISTEN, "p", "nnyyn", LACKS_BOTH},
    {"127.0.0.1", "p", "127.0.0.1", STATE_LISTEN, "", "nnnyn", LACKS_BOTH},
    {"127.0.0.1", "p", "127.0.0.1", STATE_LISTEN, "po", "nnnnn", LACKS_BOTH},
    {"127.0.0.1", "", "127.0.0.1", STATE_BOUND, "", "nynyn", LACKS_BOTH},
    {"127.0.0.1", "", "127.0.0.1", STATE_BOUND, "a", "yynyn", LACKS_NEWCOMER},
    {"127.0.0.1", "a", "127.0.0.1", STATE_BOUND, "", "nynyn", LACKS_HOLDER},
    {"127.0.0.1", "", "127.0.0.1", STATE_BOUND, "ap", "yyyyn", LACKS_NEWCOMER},
    {"127.0.0.1", "", "127.0.0.1", STATE_BOUND, "apo", "yynnn", LACKS_NEWCOMER},
    {"127.0.0.1", "u", "127.0.0.1", STATE_BOUND, "ua", "yynyn", LACKS_NEWCOMER},
    {"127.0.0.1", "u", "127.0.0.1", STATE_BOUND, "uA", "?ynyn", LACKS_UNKNOWN},
    {"::", "", "127.0.0.1", STATE_LISTEN, "", "nnnyy", LACKS_BOTH},
    {"::", "", "::1", STATE_LISTEN, "v", "nnnyn", LACKS_BOTH},
    {"::", "v", "::", STATE_LISTEN, "", "nnnyn", LACKS_BOTH},
    {"::ffff:127.0.0.1", "", "127.0.0.1", STATE_LISTEN, "", "nnnyn", LACKS_BOTH},
    {"0.0.0.0", "", "::", STATE_LISTEN, "", "nnnyn", LACKS_BOTH},
    /* Another user's listener whose options cannot be read. */
    {"127.0.0.1", "", "127.0.0.1", STATE_LISTEN, "APo", "nnnnn", LACKS_UNKNOWN},
    /* One's own user's. */
    {"127.0.0.1", "", "127.0.0.1", STATE_LISTEN, "AP", "nn?yn", LACKS_UNKNOWN},
    /* What is left of a connection. */
    {"127.0.0.1", "", "127.0.0.1", STATE_TIME_WAIT, "APcmO", "?y?yn", LACKS_UNKNOWN},
};

static void answers_each_what_if(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sample_case it;

        case_begin(&it, rows[i].want, rows[i].want_letters);
        case_add(&it, rows[i].held, rows[i].state, rows[i].held_letters);
        case_conclude(&it);
        expect_would(&it, rows[i].would, i);
        assert_int_equal(it.verdict.lacks, rows[i].lacks);
    }
}

/* Of several UDP holders, the newest first, the first that SO_REUSEADDR does not excuse decides. */
static void the_newest_udp_holder_decides(void **state)
{
    static const struct {
        const char *want_letters, *newest, *oldest, *would;
    } pairs[] = {
        {"u", "up", "u", "nyyyn"},   /* the older one is not seen */
        {"u", "u", "up", "nynyn"},
        {"u", "upo", "up", "nynnn"}, /* another user's newest one refuses */
        {"ua", "ua", "u", "nynyn"},  /* excused, and so passed over */
        {"u", "uP", "u", "ny?yn"},
        {"u", "uP", "up", "ny?yn"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct sample_case it;

        case_begin(&it, here, pairs[i].want_letters);
        case_add(&it, here, STATE_BOUND, pairs[i].newest);
        case_add(&it, here, STATE_BOUND, pairs[i].oldest);
        case_conclude(&it);
        expect_would(&it, pairs[i].would, i);
    }
}

/* Which is newer of an IPv4 and an IPv6 holder no list tells. */
static void the_order_of_two_families_is_not_known(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "u");
    case_add(&it, here, STATE_BOUND, "up");
    case_add(&it, "::", STATE_BOUND, "u");
    case_conclude(&it);
    expect_would(&it, "ny?yn", 0);
}

static const struct options *options_of(const struct sample_case *it, size_t holder)
{
    return &it->holders[holder].socket.options;
}

static void a_probe_that_works_tells_of_all(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_TIME_WAIT, "APcm");
    case_add(&it, here, STATE_FIN_WAIT1, "APc");
    it.evidence.probe = ANSWER_YES;
    case_conclude(&it);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(options_of(&it, i)->reuseaddr, ANSWER_YES);
        assert_int_equal(options_of(&it, i)->reuseport, ANSWER_UNKNOWN);
    }
    expect_would(&it, "yy?yn", 0);
    assert_int_equal(it.verdict.lacks, LACKS_NEWCOMER);
}

static void a_probe_that_fails_tells_of_one(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_TIME_WAIT, "APcm");
    it.evidence.probe = ANSWER_NO;
    case_conclude(&it);
    assert_int_equal(options_of(&it, 0)->reuseaddr, ANSWER_NO);
    expect_would(&it, "ny?yn", 0);
    assert_int_equal(it.verdict.lacks, LACKS_BOTH);
    case_begin(&it, here, "");
    case_add(&it, here, STATE_TIME_WAIT, "APcm");
    case_add(&it, here, STATE_FIN_WAIT1, "APc");
    it.evidence.probe = ANSWER_NO;
    case_conclude(&it);
    assert_int_equal(options_of(&it, 0)->reuseaddr, ANSWER_UNKNOWN);
    assert_int_equal(options_of(&it, 1)->reuseaddr, ANSWER_UNKNOWN);
    expect_would(&it, "ny?yn", 0); /* the probe's own answer stands */
}

static void the_refusal_tells_of_the_only_suspect(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "ap");
    case_add(&it, here, STATE_TIME_WAIT, "APcm");
    case_conclude(&it);
    assert_int_equal(options_of(&it, 0)->reuseaddr, ANSWER_NO);
    assert_int_equal(options_of(&it, 0)->reuseport, ANSWER_NO);
    expect_would(&it, "nynyn", 0);
    assert_int_equal(it.verdict.lacks, LACKS_HOLDER);
    /* With somebody who refuses for sure beside it, nothing follows. */
    case_begin(&it, here, "a");
    case_add(&it, here, STATE_TIME_WAIT, "APcm");
    case_add(&it, here, STATE_LISTEN, "");
    case_conclude(&it);
    assert_int_equal(options_of(&it, 0)->reuseaddr, ANSWER_UNKNOWN);
    /* Nor with more that found no place. */
    case_begin(&it, here, "a");
    case_add(&it, here, STATE_TIME_WAIT, "APcm");
    it.evidence.left_out = 1;
    case_conclude(&it);
    assert_int_equal(options_of(&it, 0)->reuseaddr, ANSWER_UNKNOWN);
    /* Nor for a call that nobody has made. */
    case_begin(&it, here, "a");
    case_add(&it, here, STATE_TIME_WAIT, "APcm");
    it.evidence.attempt.error = 0;
    case_conclude(&it);
    assert_int_equal(options_of(&it, 0)->reuseaddr, ANSWER_UNKNOWN);
}

/* One of several sockets alike is enough to refuse the call. */
static void the_refusal_tells_of_one_among_several(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "a");
    case_add(&it, here, STATE_TIME_WAIT, "APcm")->count = 3;
    case_conclude(&it);
    assert_true(it.holders[0].some_lack.reuseaddr);
    assert_false(it.holders[0].some_lack.reuseport);
    assert_int_equal(holder_options(&it.holders[0]).reuseaddr, ANSWER_UNKNOWN);
    expect_would(&it, "ny?yn", 0); /* all that follows, follows from one */
    assert_int_equal(it.verdict.lacks, LACKS_HOLDER);
    /* What was known before is known of each. */
    case_begin(&it, here, "a");
    case_add(&it, here, STATE_TIME_WAIT, "Pcm")->count = 3;
    case_conclude(&it);
    assert_false(it.holders[0].some_lack.reuseaddr);
    assert_int_equal(holder_options(&it.holders[0]).reuseaddr, ANSWER_NO);
    /* And so is what the only one lacks. */
    case_begin(&it, here, "a");
    case_add(&it, here, STATE_TIME_WAIT, "APcm");
    case_conclude(&it);
    assert_int_equal(holder_options(&it.holders[0]).reuseaddr, ANSWER_NO);
}

static void the_user_counts_where_the_kernel_asks_for_it(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "p");
    case_add(&it, here, STATE_FIN_WAIT1, "Pc"); /* an orphan of our own user */
    case_conclude(&it);
    assert_int_equal(options_of(&it, 0)->reuseport, ANSWER_NO);
    case_begin(&it, here, "p");
    case_add(&it, here, STATE_FIN_WAIT1, "PcO"); /* refused for its option or for its user */
    case_conclude(&it);
    assert_int_equal(options_of(&it, 0)->reuseport, ANSWER_UNKNOWN);
}

static void the_refusal_tells_that_two_addresses_meet(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, "0.0.0.0", "");
    case_add(&it, "::1", STATE_TIME_WAIT, "APVcm");
    it.evidence.probe = ANSWER_YES;
    case_conclude(&it);
    assert_int_equal(options_of(&it, 0)->v6only, ANSWER_NO);
    assert_int_equal(options_of(&it, 0)->reuseaddr, ANSWER_YES);
    assert_int_equal(it.verdict.overlap, OVERLAP_SHADOW);
    expect_would(&it, "yy?yn", 0);
}

static void what_was_read_is_not_overruled(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_BOUND, "");
    it.evidence.probe = ANSWER_YES; /* something changed in between */
    case_conclude(&it);
    assert_int_equal(options_of(&it, 0)->reuseaddr, ANSWER_NO);
    expect_would(&it, "nynyn", 0);
}

static void it_ends_when_the_last_that_refuses_ends(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_TIME_WAIT, "cm")->timer_ms = 1000;
    case_add(&it, here, STATE_TIME_WAIT, "cm")->timer_ms = 52000;
    case_conclude(&it);
    assert_int_equal(it.verdict.frees_in_ms, 52000);
    assert_false(it.verdict.never_frees);
    case_add(&it, here, STATE_LISTEN, "");
    case_conclude(&it);
    assert_int_equal(it.verdict.frees_in_ms, -1);
    assert_true(it.verdict.never_frees);
    /* Who is excused need not end. */
    case_begin(&it, here, "a");
    case_add(&it, here, STATE_TIME_WAIT, "cm")->timer_ms = 1000;
    case_add(&it, here, STATE_BOUND, "a");
    case_conclude(&it);
    assert_int_equal(it.verdict.frees_in_ms, 1000);
    /* An orphan ends when its peer wants it to. */
    case_begin(&it, here, "");
    case_add(&it, here, STATE_FIN_WAIT1, "c")->owner.pid = 0;
    case_conclude(&it);
    assert_int_equal(it.verdict.frees_in_ms, -1);
    assert_false(it.verdict.never_frees);
}

static void sockets_left_out_may_refuse_too(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_BOUND, "a");
    it.evidence.left_out = 5;
    case_conclude(&it);
    expect_would(&it, "??n?n", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_each_what_if),
        cmocka_unit_test(the_newest_udp_holder_decides),
        cmocka_unit_test(the_order_of_two_families_is_not_known),
        cmocka_unit_test(a_probe_that_works_tells_of_all),
        cmocka_unit_test(a_probe_that_fails_tells_of_one),
        cmocka_unit_test(the_refusal_tells_of_the_only_suspect),
        cmocka_unit_test(the_refusal_tells_of_one_among_several),
        cmocka_unit_test(the_user_counts_where_the_kernel_asks_for_it),
        cmocka_unit_test(the_refusal_tells_that_two_addresses_meet),
        cmocka_unit_test(what_was_read_is_not_overruled),
        cmocka_unit_test(it_ends_when_the_last_that_refuses_ends),
        cmocka_unit_test(sockets_left_out_may_refuse_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Claim: the kernel is asked by a throwaway bind only where its answer could change the verdict,
 * each question once; and with SO_REUSEPORT only last of all, where no listener, no socket with
 * that option and no UDP is concerned, and the trace can be removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parties.h"

static const char here[] = "127.0.0.1";

static void begin(struct sample_case *it, const char *want, enum socket_state state,
                  const char *held)
{
    case_begin(it, here, want);
    case_add(it, here, state, held);
    it->evidence.may_ask = true;
    it->evidence.remembered = true;
    it->evidence.resets = 1;
    it->evidence.asked = 1u << QUESTION_REUSEADDR | 1u << QUESTION_RETRY;
    verdict_deduce(&it->evidence);
}

static enum question asks(const struct sample_case *it)
{
    return verdict_question(&it->evidence);
}

static void reuseport_is_asked_where_its_answer_is_open(void **state)
{
    static const struct {
        const char *want;
        enum socket_state state;
        const char *held;
        enum question question;
    } rows[] = {
        {"", STATE_TIME_WAIT, "APcmO", QUESTION_REUSEPORT},
        {"", STATE_FIN_WAIT1, "APc", QUESTION_REUSEPORT},
        {"", STATE_ESTABLISHED, "APc", QUESTION_REUSEPORT},
        {"a", STATE_TIME_WAIT, "PcmO", QUESTION_REUSEPORT},
        {"", STATE_TIME_WAIT, "acmO", QUESTION_NONE},      /* known not to have it */
        {"", STATE_TIME_WAIT, "apcmO", QUESTION_NONE},     /* known to have it */
        {"p", STATE_TIME_WAIT, "APcmO", QUESTION_NONE},    /* has it already */
        {"", STATE_ESTABLISHED, "APco", QUESTION_NONE},    /* another user's: never */
        {"", STATE_LISTEN, "AP", QUESTION_NONE},           /* could lose connections */
        {"u", STATE_BOUND, "uAP", QUESTION_NONE},          /* could lose datagrams */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sample_case it;

        begin(&it, rows[i].want, rows[i].state, rows[i].held);
        if (asks(&it) != rows[i].question)
            fail_msg("row %zu: question %d", i, (int)asks(&it));
    }
}

static void reuseport_is_asked_last_and_once(void **state)
{
    struct sample_case it;

    (void)state;
    begin(&it, "", STATE_TIME_WAIT, "APcmO");
    it.evidence.asked = 0;
    assert_int_equal(asks(&it), QUESTION_REUSEADDR);
    it.evidence.asked = 1u << QUESTION_REUSEADDR;
    it.evidence.remembered = false;
    assert_int_equal(asks(&it), QUESTION_NONE);
    it.evidence.remembered = true;
    assert_int_equal(asks(&it), QUESTION_REUSEPORT);
    it.evidence.resets = 0; /* its trace could not be removed */
    assert_int_equal(asks(&it), QUESTION_NONE);
    it.evidence.resets = 2;
    it.evidence.left_out = 1; /* which may listen */
    assert_int_equal(asks(&it), QUESTION_NONE);
    it.evidence.left_out = 0;
    it.evidence.attempt.bound = true; /* the newcomer would refuse it itself */
    assert_int_equal(asks(&it), QUESTION_NONE);
    it.evidence.attempt.bound = false;
    case_add(&it, here, STATE_TIME_WAIT, "ApcmO");
    verdict_deduce(&it.evidence);
    assert_int_equal(asks(&it), QUESTION_NONE); /* a trace of its own would go, too */
    it.evidence.holder_count = 1;
    it.evidence.asked |= 1u << QUESTION_REUSEPORT;
    assert_int_equal(asks(&it), QUESTION_NONE);
    it.evidence.may_ask = false;
    it.evidence.asked = 0;
    assert_int_equal(asks(&it), QUESTION_NONE);
}

static void what_reuseport_answered_is_concluded(void **state)
{
    struct sample_case it;

    (void)state;
    begin(&it, "", STATE_TIME_WAIT, "APcmO");
    it.evidence.probe_reuseport = ANSWER_YES;
    case_conclude(&it);
    assert_int_equal(it.holders[0].socket.options.reuseport, ANSWER_YES);
    assert_int_equal(it.verdict.would[IF_NEWCOMER_REUSEPORT], ANSWER_YES);
    begin(&it, "", STATE_TIME_WAIT, "APcmO");
    it.evidence.probe_reuseport = ANSWER_NO;
    case_conclude(&it);
    assert_int_equal(it.holders[0].socket.options.reuseport, ANSWER_NO);
    assert_int_equal(it.verdict.would[IF_NEWCOMER_REUSEPORT], ANSWER_NO);
    assert_int_equal(it.verdict.would[IF_BOTH_REUSEPORT], ANSWER_YES);
    /* Two may be to blame: which, nobody knows. */
    begin(&it, "", STATE_TIME_WAIT, "APcmO");
    case_add(&it, here, STATE_FIN_WAIT1, "APc");
    it.evidence.probe_reuseport = ANSWER_NO;
    case_conclude(&it);
    assert_int_equal(it.holders[0].socket.options.reuseport, ANSWER_UNKNOWN);
    assert_int_equal(it.verdict.would[IF_NEWCOMER_REUSEPORT], ANSWER_NO);
}

/* Held, and by nobody that a list shows: a bound socket of another user before Linux 6.8. */
static void what_holds_it_unseen_is_asked_about(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    it.evidence.may_ask = true;
    it.evidence.kernel_asked = true;
    it.evidence.bound_seen = false;
    assert_int_equal(asks(&it), QUESTION_RETRY);
    it.evidence.asked = 1u << QUESTION_RETRY;
    it.evidence.retry = ANSWER_NO;
    assert_int_equal(asks(&it), QUESTION_REUSEADDR);
    it.evidence.asked |= 1u << QUESTION_REUSEADDR;
    it.evidence.probe = ANSWER_YES;
    assert_int_equal(asks(&it), QUESTION_NONE);
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_UNSEEN);
    assert_int_equal(it.verdict.would[IF_NEWCOMER_REUSEADDR], ANSWER_YES);
    assert_int_equal(it.verdict.would[IF_BOTH_REUSEADDR], ANSWER_UNKNOWN);
    assert_int_equal(it.verdict.would[IF_NEWCOMER_REUSEPORT], ANSWER_UNKNOWN);
    it.evidence.probe = ANSWER_NO;
    case_conclude(&it);
    assert_int_equal(it.verdict.would[IF_NEWCOMER_REUSEADDR], ANSWER_NO);
    /* Who has SO_REUSEPORT is not who was asked for: a probe never has it. */
    it.evidence.attempt.socket.options.reuseport = ANSWER_YES;
    case_conclude(&it);
    assert_int_equal(it.verdict.would[IF_NEWCOMER_REUSEADDR], ANSWER_UNKNOWN);
    assert_int_equal(it.verdict.would[IF_NEWCOMER_REUSEPORT], ANSWER_NO);
    /* Who has SO_REUSEADDR is asked for nothing. */
    it.evidence.attempt.socket.options.reuseaddr = ANSWER_YES;
    it.evidence.asked = 1u << QUESTION_RETRY;
    assert_int_equal(asks(&it), QUESTION_NONE);
    case_conclude(&it);
    assert_int_equal(it.verdict.would[IF_NEWCOMER_REUSEADDR], ANSWER_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reuseport_is_asked_where_its_answer_is_open),
        cmocka_unit_test(reuseport_is_asked_last_and_once),
        cmocka_unit_test(what_reuseport_answered_is_concluded),
        cmocka_unit_test(what_holds_it_unseen_is_asked_about),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

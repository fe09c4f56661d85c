/* Claim: the reason is the first of the contract's list that applies, of the holders that
 * refuse; the others stand alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parties.h"

static const char here[] = "127.0.0.1";

/* One holder. By a socket of that state and these letters; `of` is its owner. */
static const struct {
    const char *want_letters;
    enum socket_state state;
    const char *held_letters;
    enum relation of;
    bool by_fork;
    enum answer outgoing;
    enum reason reason;
} rows[] = {
    {"", STATE_LISTEN, "", RELATION_OTHER, false, ANSWER_UNKNOWN, REASON_LISTENING},
    {"", STATE_LISTEN, "", RELATION_SAME_PROGRAM, false, ANSWER_UNKNOWN, REASON_LISTENING},
    {"", STATE_LISTEN, "", RELATION_SELF, false, ANSWER_UNKNOWN, REASON_BOUND_TWICE},
    {"", STATE_LISTEN, "", RELATION_PARENT, true, ANSWER_UNKNOWN, REASON_BOUND_TWICE},
    {"", STATE_LISTEN, "", RELATION_CHILD, true, ANSWER_UNKNOWN, REASON_BOUND_TWICE},
    {"", STATE_LISTEN, "", RELATION_PARENT, false, ANSWER_UNKNOWN, REASON_LISTENING},
    {"", STATE_LISTEN, "", RELATION_UNSEEN, false, ANSWER_UNKNOWN, REASON_LISTENING},
    {"", STATE_BOUND, "", RELATION_OTHER, false, ANSWER_UNKNOWN, REASON_BOUND_IDLE},
    {"", STATE_BOUND, "", RELATION_KERNEL, false, ANSWER_UNKNOWN, REASON_KERNEL},
    {"", STATE_ESTABLISHED, "c", RELATION_OTHER, false, ANSWER_NO, REASON_CONNECTIONS},
    {"", STATE_ESTABLISHED, "c", RELATION_OTHER, false, ANSWER_UNKNOWN, REASON_CONNECTIONS},
    {"", STATE_ESTABLISHED, "c", RELATION_SELF, false, ANSWER_NO, REASON_CONNECTIONS},
    {"", STATE_CLOSE_WAIT, "c", RELATION_OTHER, false, ANSWER_NO, REASON_CONNECTIONS},
    {"", STATE_ESTABLISHED, "c", RELATION_OTHER, false, ANSWER_YES, REASON_OUTGOING},
    {"", STATE_SYN_SENT, "c", RELATION_OTHER, false, ANSWER_UNKNOWN, REASON_OUTGOING},
    {"", STATE_FIN_WAIT1, "c", RELATION_NONE, false, ANSWER_UNKNOWN, REASON_CLOSING},
    {"", STATE_FIN_WAIT2, "cm", RELATION_NONE, false, ANSWER_UNKNOWN, REASON_CLOSING},
    {"", STATE_CLOSING, "c", RELATION_NONE, false, ANSWER_UNKNOWN, REASON_CLOSING},
    {"", STATE_LAST_ACK, "c", RELATION_NONE, false, ANSWER_UNKNOWN, REASON_CLOSING},
    {"", STATE_TIME_WAIT, "cm", RELATION_NONE, false, ANSWER_UNKNOWN, REASON_TIME_WAIT},
    {"u", STATE_BOUND, "u", RELATION_OTHER, false, ANSWER_UNKNOWN, REASON_DATAGRAM_HELD},
    {"u", STATE_ESTABLISHED, "uc", RELATION_OTHER, false, ANSWER_YES, REASON_DATAGRAM_HELD},
    /* SO_REUSEPORT goes before the state. */
    {"p", STATE_LISTEN, "po", RELATION_OTHER, false, ANSWER_UNKNOWN, REASON_REUSEPORT_OWNER},
    {"p", STATE_LISTEN, "", RELATION_OTHER, false, ANSWER_UNKNOWN, REASON_REUSEPORT_ONE_SIDED},
    {"p", STATE_TIME_WAIT, "m", RELATION_NONE, false, ANSWER_UNKNOWN, REASON_REUSEPORT_ONE_SIDED},
    {"", STATE_LISTEN, "p", RELATION_OTHER, false, ANSWER_UNKNOWN, REASON_LISTENING},
    {"u", STATE_BOUND, "up", RELATION_OTHER, false, ANSWER_UNKNOWN, REASON_DATAGRAM_HELD},
    {"up", STATE_BOUND, "upo", RELATION_OTHER, false, ANSWER_UNKNOWN, REASON_REUSEPORT_OWNER},
    {"p", STATE_LISTEN, "P", RELATION_SELF, false, ANSWER_UNKNOWN, REASON_BOUND_TWICE},
    /* Both in vain: nobody that is listed refuses it. */
    {"a", STATE_BOUND, "a", RELATION_OTHER, false, ANSWER_UNKNOWN, REASON_UNKNOWN},
};

static void of_one_holder(void **state)
{
    struct sample_case it;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct holder *holder;

        case_begin(&it, here, rows[i].want_letters);
        holder = case_add(&it, here, rows[i].state, rows[i].held_letters);
        holder->owner.relation = rows[i].of;
        holder->owner.by_fork = rows[i].by_fork;
        holder->outgoing = rows[i].outgoing;
        case_conclude(&it);
        if (it.verdict.reason != rows[i].reason)
            fail_msg("row %zu: expected %s, seen %s", i, reason_id(rows[i].reason),
                     reason_id(it.verdict.reason));
    }
}

/* In the contract's order; each goes before all that follow it. */
static void add_of(struct sample_case *it, enum reason reason)
{
    struct holder *holder;

    switch (reason) {
    case REASON_BOUND_TWICE:
        case_add(it, here, STATE_LISTEN, "")->owner.relation = RELATION_SELF;
        break;
    case REASON_LISTENING: case_add(it, here, STATE_LISTEN, ""); break;
    case REASON_BOUND_IDLE: case_add(it, here, STATE_BOUND, ""); break;
    case REASON_CONNECTIONS: case_add(it, here, STATE_ESTABLISHED, "c"); break;
    case REASON_OUTGOING:
        holder = case_add(it, here, STATE_ESTABLISHED, "c");
        holder->outgoing = ANSWER_YES;
        break;
    case REASON_CLOSING: case_add(it, here, STATE_FIN_WAIT2, "cm"); break;
    case REASON_TIME_WAIT: case_add(it, here, STATE_TIME_WAIT, "cm"); break;
    case REASON_KERNEL:
        case_add(it, here, STATE_BOUND, "")->owner.relation = RELATION_KERNEL;
        break;
    default: fail_msg("no holder of %s", reason_id(reason));
    }
}

static void of_two_holders_the_first(void **state)
{
    static const enum reason order[] = {
        REASON_BOUND_TWICE, REASON_LISTENING, REASON_BOUND_IDLE, REASON_CONNECTIONS,
        REASON_OUTGOING,    REASON_CLOSING,   REASON_TIME_WAIT,  REASON_KERNEL,
    };
    enum { COUNT = sizeof order / sizeof order[0] };
    struct sample_case it;

    (void)state;
    for (size_t a = 0; a < COUNT; a++) {
        for (size_t b = 0; b < COUNT; b++) {
            size_t first = a < b ? a : b;

            case_begin(&it, here, "");
            add_of(&it, order[a]);
            add_of(&it, order[b]);
            case_conclude(&it);
            assert_int_equal(it.verdict.reason, order[first]);
            assert_int_equal(it.verdict.refusing_count, 2);
            if (a != b)
                assert_int_equal(it.verdict.decisive, first == a ? 0 : 1);
        }
    }
}

/* Who meets the call but is excused gives no reason. */
static void only_of_those_who_refuse(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "a");
    case_add(&it, here, STATE_BOUND, "a");
    case_add(&it, here, STATE_TIME_WAIT, "cm");
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_TIME_WAIT);
    assert_int_equal(it.verdict.decisive, 1);
    assert_int_equal(it.verdict.refusing_count, 1);
}

static void without_a_holder(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_GONE);
    case_begin(&it, here, "");
    it.evidence.retry = ANSWER_NO;
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_ANSWERED_ELSEWHERE);
    case_begin(&it, here, "");
    it.evidence.retry = ANSWER_NO;
    it.evidence.bound_seen = false;
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_UNSEEN);
    case_begin(&it, here, "");
    it.evidence.retry = ANSWER_NO;
    it.evidence.kernel_asked = false;
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_UNSEEN);
    case_begin(&it, here, "");
    it.evidence.kernel_asked = false;
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_UNKNOWN);
    case_begin(&it, here, "");
    it.evidence.bound_seen = false;
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_UNKNOWN);
    case_begin(&it, here, "u");
    it.evidence.bound_seen = false; /* which is about TCP */
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_GONE);
}

static void of_calls_that_stand_alone(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_LISTEN, "");
    it.evidence.attempt.call = CALL_LISTEN;
    it.evidence.attempt.bound = true;
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_LOST_LISTEN);
    case_begin(&it, here, "");
    it.evidence.attempt.socket.local.port = 0;
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_PORTS_EXHAUSTED);
    it.evidence.attempt.call = CALL_LISTEN; /* without a bind */
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_PORTS_EXHAUSTED);
}

/* What no other socket causes: by errno, and for EACCES by the port. */
static void some_refusals_have_no_holder(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    it.evidence.attempt.error = EADDRNOTAVAIL;
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_NOT_LOCAL);
    assert_int_equal(it.verdict.would[IF_NEWCOMER_REUSEADDR], ANSWER_NO);
    it.evidence.attempt.error = EACCES;
    it.evidence.free_from = PORT + 1;
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_LOW_PORT);
    it.evidence.free_from = PORT; /* some other rule forbids it */
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_UNKNOWN);
}

/* vsock and netlink: the refusal tells that somebody has the number; a list may tell who. */
static void a_number_is_one_sockets_alone(void **state)
{
    struct sample_case it;

    (void)state;
    for (int netlink = 0; netlink <= 1; netlink++) {
        enum family family = netlink ? FAMILY_NETLINK : FAMILY_VSOCK;
        enum reason reason = netlink ? REASON_NETLINK_ID : REASON_VSOCK_HELD;
        struct holder *holder;

        case_begin(&it, here, "a");
        it.evidence.attempt.socket.protocol = netlink ? PROTOCOL_NETLINK : PROTOCOL_VSOCK;
        it.evidence.attempt.socket.local = endpoint_numbered(family, 3, 5000);
        it.evidence.kernel_asked = false;
        case_conclude(&it);
        assert_int_equal(it.verdict.reason, reason);
        assert_int_equal(it.verdict.would[IF_BOTH_REUSEADDR], ANSWER_NO);
        holder = case_add(&it, here, STATE_BOUND, "a");
        holder->socket = it.evidence.attempt.socket;
        case_conclude(&it);
        assert_int_equal(it.verdict.reason, reason);
        assert_int_equal(it.verdict.decisive, 0);
        assert_int_equal(it.verdict.overlap, OVERLAP_SAME);
        assert_int_equal(it.verdict.would[IF_BOTH_REUSEADDR], ANSWER_NO);
        holder->owner.relation = RELATION_SELF;
        case_conclude(&it);
        assert_int_equal(it.verdict.reason, REASON_BOUND_TWICE);
    }
}

/* SCTP: by the rule where a socket is known, which may be one's own, and by the refusal else. */
static void sctp_is_held_by_sctp(void **state)
{
    struct sample_case it;
    struct holder *holder;

    (void)state;
    case_begin(&it, here, "a");
    it.evidence.attempt.socket.protocol = PROTOCOL_SCTP;
    it.evidence.kernel_asked = false;
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_SCTP_HELD);
    holder = case_add(&it, here, STATE_LISTEN, "a");
    holder->socket.protocol = PROTOCOL_SCTP;
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_SCTP_HELD);
    assert_int_equal(it.verdict.would[IF_BOTH_REUSEADDR], ANSWER_NO);
    assert_int_equal(it.verdict.would[IF_BOTH_REUSEPORT], ANSWER_YES);
    holder->owner.relation = RELATION_SELF;
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_BOUND_TWICE);
}

static void of_unix_names(void **state)
{
    static const struct {
        enum path_kind path;
        enum reason reason;
    } kinds[] = {
        {PATH_UNKNOWN, REASON_UNKNOWN},    {PATH_MISSING, REASON_GONE},
        {PATH_LIVE, REASON_UNIX_LIVE},     {PATH_STALE, REASON_UNIX_STALE},
        {PATH_OTHER, REASON_UNIX_NOT_A_SOCKET},
    };
    struct sample_case it;
    struct endpoint name = {.family = FAMILY_UNIX, .path_length = 5, .path = "/sock"};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        case_begin(&it, here, "");
        it.evidence.attempt.socket.protocol = PROTOCOL_UNIX;
        it.evidence.attempt.socket.local = name;
        it.evidence.path = kinds[i].path;
        case_conclude(&it);
        assert_int_equal(it.verdict.reason, kinds[i].reason);
        for (unsigned wish = 0; wish < IF_COUNT; wish++)
            assert_int_equal(it.verdict.would[wish], ANSWER_NO);
    }
    it.evidence.attempt.socket.local.path[0] = '\0';
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_GONE);
    case_add(&it, here, STATE_LISTEN, "");
    case_conclude(&it);
    assert_int_equal(it.verdict.reason, REASON_UNIX_ABSTRACT);
}

static void each_id_finds_its_reason(void **state)
{
    (void)state;
    for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
        assert_non_null(reason_id((enum reason)reason));
        assert_int_equal(reason_by_id(reason_id((enum reason)reason)), reason);
        assert_true(strlen(reason_meaning((enum reason)reason)) > 10);
    }
    assert_int_equal(reason_by_id("no-such-reason"), REASON_COUNT);
    assert_int_equal(reason_by_id(""), REASON_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_one_holder),
        cmocka_unit_test(of_two_holders_the_first),
        cmocka_unit_test(only_of_those_who_refuse),
        cmocka_unit_test(without_a_holder),
        cmocka_unit_test(of_calls_that_stand_alone),
        cmocka_unit_test(of_unix_names),
        cmocka_unit_test(each_id_finds_its_reason),
        cmocka_unit_test(some_refusals_have_no_holder),
        cmocka_unit_test(a_number_is_one_sockets_alone),
        cmocka_unit_test(sctp_is_held_by_sctp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

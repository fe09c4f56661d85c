/* Claim: the rule refuses whom the kernel refuses, clause by clause, and nobody else. The
 * kernel's own answers stand in tests/kernel/overlap_matrix.c and holders_matrix.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parties.h"

enum { NO = ANSWER_NO, YES = ANSWER_YES, MAYBE = ANSWER_UNKNOWN };

static const struct {
    const char *clause;
    const char *want, *want_letters;
    const char *held;
    enum socket_state state;
    const char *held_letters;
    int refused;
} rows[] = {
    {"no option", "127.0.0.1", "", "127.0.0.1", STATE_LISTEN, "", YES},
    {"another address", "127.0.0.1", "", "127.0.0.2", STATE_LISTEN, "", NO},
    /* Devices. */
    {"two devices", "127.0.0.1", "d", "127.0.0.1", STATE_LISTEN, "D", NO},
    {"one device", "127.0.0.1", "d", "127.0.0.1", STATE_LISTEN, "d", YES},
    {"the newcomer has a device", "127.0.0.1", "d", "127.0.0.1", STATE_LISTEN, "", YES},
    {"the holder has a device", "127.0.0.1", "", "127.0.0.1", STATE_LISTEN, "D", YES},
    {"two scopes", "fe80::1%1", "", "fe80::1%2", STATE_LISTEN, "", NO},
    {"one scope", "fe80::1%1", "", "fe80::1%1", STATE_LISTEN, "", YES},
    {"a scope and another device", "fe80::1%1", "", "::", STATE_LISTEN, "D", NO},
    /* SO_REUSEADDR. */
    {"on the newcomer alone", "127.0.0.1", "a", "127.0.0.1", STATE_BOUND, "", YES},
    {"on the holder alone", "127.0.0.1", "", "127.0.0.1", STATE_BOUND, "a", YES},
    {"on both", "127.0.0.1", "a", "127.0.0.1", STATE_BOUND, "a", NO},
    {"on both, of two users", "127.0.0.1", "a", "127.0.0.1", STATE_BOUND, "ao", NO},
    {"on both, listening", "127.0.0.1", "a", "127.0.0.1", STATE_LISTEN, "a", YES},
    {"on both, ESTABLISHED", "127.0.0.1", "a", "127.0.0.1", STATE_ESTABLISHED, "ac", NO},
    {"on both, FIN_WAIT1", "127.0.0.1", "a", "127.0.0.1", STATE_FIN_WAIT1, "ac", NO},
    {"on both, TIME_WAIT", "127.0.0.1", "a", "127.0.0.1", STATE_TIME_WAIT, "acm", NO},
    {"on both, UDP", "127.0.0.1", "ua", "127.0.0.1", STATE_BOUND, "ua", NO},
    {"on one, UDP", "127.0.0.1", "ua", "127.0.0.1", STATE_BOUND, "u", YES},
    {"on both, UDP connected", "127.0.0.1", "ua", "127.0.0.1", STATE_ESTABLISHED, "uac", NO},
    /* SO_REUSEPORT. */
    {"port on the newcomer alone", "127.0.0.1", "p", "127.0.0.1", STATE_BOUND, "", YES},
    {"port on the holder alone", "127.0.0.1", "", "127.0.0.1", STATE_BOUND, "p", YES},
    {"one option each", "127.0.0.1", "a", "127.0.0.1", STATE_BOUND, "p", YES},
    {"port on both", "127.0.0.1", "p", "127.0.0.1", STATE_BOUND, "p", NO},
    {"port on both, listening", "127.0.0.1", "p", "127.0.0.1", STATE_LISTEN, "p", NO},
    {"port on both, of two users", "127.0.0.1", "p", "127.0.0.1", STATE_LISTEN, "po", YES},
    {"port on both, of nobody known", "127.0.0.1", "p", "127.0.0.1", STATE_LISTEN, "pO", MAYBE},
    {"port on both, TIME_WAIT of another", "127.0.0.1", "p", "127.0.0.1", STATE_TIME_WAIT, "pmo",
     NO},
    {"port on both, orphan FIN_WAIT2", "127.0.0.1", "p", "127.0.0.1", STATE_FIN_WAIT2, "pmO", NO},
    {"port on both, orphan FIN_WAIT1", "127.0.0.1", "p", "127.0.0.1", STATE_FIN_WAIT1, "pO", MAYBE},
    {"port on both, UDP of two users", "127.0.0.1", "up", "127.0.0.1", STATE_BOUND, "upo", YES},
    {"port on both, UDP", "127.0.0.1", "up", "127.0.0.1", STATE_BOUND, "up", NO},
    /* What is not known matters only where it decides. */
    {"unknown, newcomer without", "127.0.0.1", "", "127.0.0.1", STATE_TIME_WAIT, "APm", YES},
    {"unknown, newcomer with", "127.0.0.1", "a", "127.0.0.1", STATE_TIME_WAIT, "APm", MAYBE},
    {"unknown, listening", "127.0.0.1", "a", "127.0.0.1", STATE_LISTEN, "AP", YES},
    {"unknown port option, listening", "127.0.0.1", "p", "127.0.0.1", STATE_LISTEN, "P", MAYBE},
    {"unknown port option, two users", "127.0.0.1", "p", "127.0.0.1", STATE_LISTEN, "Po", YES},
    {"unknown, another address", "127.0.0.1", "a", "127.0.0.2", STATE_TIME_WAIT, "APm", NO},
    {"one option excuses, the other unknown", "127.0.0.1", "ap", "127.0.0.1", STATE_BOUND, "aP",
     NO},
    /* V6ONLY and the shadow address. */
    {"unknown V6ONLY", "0.0.0.0", "", "::", STATE_LISTEN, "V", MAYBE},
    {"unknown V6ONLY, IPv6", "::1", "", "::", STATE_LISTEN, "V", YES},
    {"V6ONLY on the newcomer", "::", "v", "127.0.0.1", STATE_LISTEN, "", NO},
    {"V6ONLY on the holder", "127.0.0.1", "", "::", STATE_LISTEN, "v", NO},
    {"shadow, wildcard", "0.0.0.0", "", "::1", STATE_ESTABLISHED, "c", YES},
    {"shadow, V6ONLY", "0.0.0.0", "", "::1", STATE_ESTABLISHED, "cv", NO},
    {"shadow, unknown V6ONLY", "0.0.0.0", "", "::1", STATE_ESTABLISHED, "cV", MAYBE},
    {"shadow, mapped wildcard", "::ffff:0.0.0.0", "", "::1", STATE_ESTABLISHED, "c", NO},
    {"shadow, an address", "127.0.0.1", "", "::1", STATE_ESTABLISHED, "c", NO},
    {"shadow, the dummy itself", "127.0.0.6", "", "::1", STATE_ESTABLISHED, "c", NO},
    {"shadow, the dummy, UDP", "127.0.0.6", "u", "::1", STATE_ESTABLISHED, "uc", YES},
    {"not connected, so no shadow", "0.0.0.0", "", "::1", STATE_LISTEN, "", NO},
};

static void refuses_as_each_clause_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct party newcomer = party_of(rows[i].want, STATE_BOUND, rows[i].want_letters);
        struct party holder = party_of(rows[i].held, rows[i].state, rows[i].held_letters);
        struct conflict conflict = conflict_between(&newcomer, &holder);

        if ((int)conflict.refused != rows[i].refused)
            fail_msg("%s: expected %d, seen %d", rows[i].clause, rows[i].refused,
                     (int)conflict.refused);
    }
}

static const char *const addresses[] = {
    "0.0.0.0", "127.0.0.1", "127.0.0.2", "::", "::", "::1", "::ffff:127.0.0.1", "fd00::1",
    "::ffff:0.0.0.0",
};
enum { ADDRESSES = sizeof addresses / sizeof addresses[0], ONLY = 4 };

/* Rows: the holder; columns: the newcomer. s same, w wildcard, d dual-stack, m v4-mapped. */
static const char *const overlaps[ADDRESSES] = {
    /*              0.0.0.0  .1   .2   ::  only ::1  m.1 fd00 m.0 */
    /* 0.0.0.0 */ "s" "w" "w" "d" "." "." "w" "." "w",
    /* .1      */ "w" "s" "." "d" "." "." "m" "." "w",
    /* .2      */ "w" "." "s" "d" "." "." "." "." "w",
    /* ::      */ "d" "d" "d" "s" "s" "w" "d" "w" "d",
    /* :: only */ "." "." "." "s" "s" "w" "." "w" ".",
    /* ::1     */ "." "." "." "w" "w" "s" "." "." ".",
    /* m.1     */ "w" "m" "." "d" "." "." "s" "." "w",
    /* fd00    */ "." "." "." "w" "w" "." "." "s" ".",
    /* m.0     */ "w" "w" "w" "d" "." "." "w" "." "s",
};

static void overlaps_as_the_table_says(void **state)
{
    static const char letters[OVERLAP_COUNT + 1] = ".swdmd";

    (void)state;
    for (size_t held = 0; held < ADDRESSES; held++) {
        for (size_t want = 0; want < ADDRESSES; want++) {
            struct party newcomer =
                party_of(addresses[want], STATE_BOUND, want == ONLY ? "v" : "");
            struct party holder = party_of(addresses[held], STATE_LISTEN, held == ONLY ? "v" : "");
            struct conflict conflict = conflict_between(&newcomer, &holder);
            char expected = overlaps[held][want];

            if (letters[conflict.overlap] != expected ||
                conflict.refused != answer_of(expected != '.'))
                fail_msg("%s (%zu) against %s (%zu): expected %c, seen %c, refused %d",
                         addresses[want], want, addresses[held], held, expected,
                         letters[conflict.overlap], (int)conflict.refused);
        }
    }
}

static void answers_combine_as_three_values(void **state)
{
    (void)state;
    for (int a = 0; a < ANSWER_COUNT; a++) {
        for (int b = 0; b < ANSWER_COUNT; b++) {
            enum answer x = (enum answer)a, y = (enum answer)b;

            assert_int_equal(answer_and(x, y), answer_and(y, x));
            assert_int_equal(answer_or(x, y), answer_or(y, x));
            if (x == ANSWER_NO)
                assert_int_equal(answer_and(x, y), ANSWER_NO);
            if (x == ANSWER_YES)
                assert_int_equal(answer_or(x, y), ANSWER_YES);
            if (x == ANSWER_UNKNOWN && y != ANSWER_NO)
                assert_int_equal(answer_and(x, y), ANSWER_UNKNOWN);
            if (x == ANSWER_UNKNOWN && y != ANSWER_YES)
                assert_int_equal(answer_or(x, y), ANSWER_UNKNOWN);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_as_each_clause_says),
        cmocka_unit_test(overlaps_as_the_table_says),
        cmocka_unit_test(answers_combine_as_three_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Claim: the first line of an explanation is the answer, for every reason: within 80 columns, with
 * the reason whole and with the holder's process id, whatever the names; with names of up to 8
 * characters and process ids of up to 5 digits no name is shortened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stories.h"

struct names {
    const char *caller, *holder, *path;
    int caller_pid, holder_pid;
};

static const struct names usual = {"server01", "server02", "/run/a.s", 12345, 12346};
static const struct names long_ones = {
    "a_program_name_", "another_program",
    "/srv/projects/with/a/very/long/path/of/a/socket/that/takes/all/of/its/107/bytes/and/x.sock",
    4194301, 4194302};

static bool is_of_path(enum reason reason)
{
    return reason == REASON_UNIX_STALE || reason == REASON_UNIX_LIVE ||
           reason == REASON_UNIX_NOT_A_SOCKET || reason == REASON_UNIX_ABSTRACT;
}

/* As it would be if nothing were known but what every reason has. */
static void make(struct sample *sample, enum reason reason, const struct names *names, bool owned)
{
    struct holder *holder;

    sample_init(sample, is_of_path(reason) ? names->path : "0.0.0.0", 65535);
    sample->evidence.attempt.caller.comm = names->caller;
    sample->evidence.attempt.caller.pid = names->caller_pid;
    sample->evidence.range = (struct range){.first = 32768, .last = 60999};
    if (reason == REASON_LOST_LISTEN)
        sample->evidence.attempt.call = CALL_LISTEN;
    holder = sample_add(sample, sample_holder("0.0.0.0", 65535, STATE_LISTEN));
    if (owned)
        sample_owner(holder, RELATION_OTHER, names->holder, names->holder_pid, 6);
    holder->count = 12;
    holder->socket.uid = 33;
    sample->verdict.reason = reason;
    sample->verdict.decisive = 0;
    if (reason == REASON_TIME_WAIT || reason == REASON_CLOSING) {
        sample->verdict.frees_in_ms = 119999;
        sample->verdict.frees_sooner = true;
    }
}

static size_t check_line(const struct sample *sample, enum reason reason)
{
    char end[48];
    size_t length;

    print(sample);
    length = strcspn(buffer, "\n");
    snprintf(end, sizeof end, " [%s]", reason_id(reason));
    buffer[length] = '\0';
    if (length > 80 || length < strlen(end) || strcmp(buffer + length - strlen(end), end) != 0)
        fail_msg("%zu columns: %s", length, buffer);
    assert_int_equal(strncmp(buffer, "reuseshim: ", 11), 0);
    return length;
}

static void with_usual_names(void **state)
{
    struct sample sample;
    unsigned int reason;

    (void)state;
    for (reason = 0; reason < REASON_COUNT; reason++) {
        make(&sample, (enum reason)reason, &usual, true);
        check_line(&sample, (enum reason)reason);
        if (strstr(buffer, "server01") == NULL || strstr(buffer, "...") != NULL)
            fail_msg("a name is shortened: %s", buffer);
        if (strstr(buffer, "12346") != NULL && strstr(buffer, "server02[12346]") == NULL)
            fail_msg("the holder is shortened: %s", buffer);
        make(&sample, (enum reason)reason, &usual, false);
        check_line(&sample, (enum reason)reason);
    }
}

static void with_long_names(void **state)
{
    struct sample sample;
    unsigned int reason;

    (void)state;
    for (reason = 0; reason < REASON_COUNT; reason++) {
        make(&sample, (enum reason)reason, &long_ones, true);
        check_line(&sample, (enum reason)reason);
        make(&sample, (enum reason)reason, &long_ones, false);
        check_line(&sample, (enum reason)reason);
    }
}

/* The holder's process id stands in each answer that names a process. */
static void the_holder_can_be_found(void **state)
{
    static const enum reason named[] = {REASON_LISTENING, REASON_BOUND_IDLE, REASON_DATAGRAM_HELD,
                                        REASON_OUTGOING, REASON_CONNECTIONS, REASON_UNIX_LIVE,
                                        REASON_UNIX_ABSTRACT, REASON_REUSEPORT_OWNER,
                                        REASON_REUSEPORT_ONE_SIDED, REASON_LOST_LISTEN};
    struct sample sample;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof named / sizeof *named; i++) {
        make(&sample, named[i], &long_ones, true);
        check_line(&sample, named[i]);
        if (strstr(buffer, "[4194302]") == NULL)
            fail_msg("without the holder's process id: %s", buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_usual_names),
        cmocka_unit_test(with_long_names),
        cmocka_unit_test(the_holder_can_be_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Claim: an explanation has the lines of the contract in its order: the answer, the holder, what to
 * do, the rule, what was not seen; ten lines at most, and every detail only where it is asked for.
 * Colour adds escape sequences and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "records.h"

static char buffer[16384];

static const char *print_as(const struct record *record, const struct manner *manner)
{
    struct text text = text_in(buffer, sizeof buffer);

    human_print(&text, record, manner);
    assert_false(text.cut);
    return buffer;
}

static const char *print(const struct record *record, bool color)
{
    const struct manner manner = {.color = color, .width = PAGE_WIDTH};

    return print_as(record, &manner);
}

static const char *print_all(const struct record *record)
{
    const struct manner manner = {.verbose = true, .width = PAGE_WIDTH};

    return print_as(record, &manner);
}

static const char whole[] =
    "reuseshim: server must wait 53 s for 8080: closed connections [time-wait]\n"
    "  fix      [safe] wait: REUSESHIM_POLICY=force+wait:60s\n"
    "  or       [needs root] free it now: reuseshim free tcp:8080\n"
    "  for good this run has the option: once it has started, its own restarts cannot\n"
    "           meet this.\n"
    "  holder   server[4200], the last run of this program, ended 7 s ago\n"
    "  rule     Both sides need SO_REUSEADDR (12 in TIME_WAIT): only this one has it.\n";

static const char details[] =
    "  this     bind() on fd 5 0.0.0.0:8080, SO_REUSEADDR 1 (policy force) at\n"
    "           open_listener+0x42 (server+0x1a42) < main+0x91 (server+0x1b30)\n"
    "  held     12 x TIME_WAIT 127.0.0.1:8080, bound by server[4200], SO_REUSEADDR 0\n"
    "           at open_listener+0x42 (server+0x1a42) < main+0x91 (server+0x1b30)\n"
    "  frees    in 53 s\n";

static void whole_text(void **state)
{
    struct sample sample;

    (void)state;
    sample_time_wait(&sample);
    assert_string_equal(print(&sample.record, false), whole);
    print_all(&sample.record);
    assert_int_equal(strncmp(buffer, whole, strlen(whole)), 0);
    assert_string_equal(buffer + strlen(whole), details);
}

/* What is only known roughly is told so, and nothing is made older than it is. */
static void times_are_true(void **state)
{
    struct sample sample;
    struct memory *memory;

    (void)state;
    sample_time_wait(&sample);
    memory = &sample.holders[0].memory;
    memory->ended_us = SECONDS_AGO(7) - 999999;
    assert_non_null(strstr(print(&sample.record, false), "program, ended 7 s ago\n"));
    memory->bound_at_us = memory->ended_us = SECONDS_AGO(2 * 3600 + 3599);
    assert_non_null(strstr(print(&sample.record, false), "program, ended 2 h ago\n"));
    memory->ended_us = 0;
    memory->bound_at_us = SECONDS_AGO(60);
    assert_non_null(strstr(print(&sample.record, false),
                           ", bound 60 s ago; it has\n           ended\n"));
    memory->found_dead_us = SECONDS_AGO(7) - 999999;
    assert_non_null(strstr(print(&sample.record, false),
                           ", bound 60 s ago; it has\n           ended at least 7 s ago"));
    memory->found_dead_us = SECONDS_AGO(0) - 999999;
    assert_non_null(strstr(print(&sample.record, false),
                           ", bound 60 s ago; it has\n           ended\n"));
    memory->unsure = true;
    assert_non_null(strstr(print(&sample.record, false),
                           "  holder   last seen there: server[4200], bound 60 s ago; it has ended\n"));
    assert_null(strstr(buffer, "last run"));
}

static void color_adds_escapes_only(void **state)
{
    struct sample sample;
    char plain[sizeof buffer];
    size_t used = 0;
    const char *c;

    (void)state;
    sample_time_wait(&sample);
    for (c = print(&sample.record, true); *c != '\0'; c++) {
        if (*c == '\033')
            c = strchr(c, 'm');
        else
            plain[used++] = *c;
    }
    plain[used] = '\0';
    assert_string_equal(plain, whole);
    assert_non_null(strstr(buffer, "[\033[33mtime-wait\033[0m]"));
    assert_int_equal(strncmp(buffer, "\033[1;31mreuseshim:\033[0m server", 28), 0);
    assert_non_null(strstr(buffer, "free it now: \033[1mreuseshim free tcp:8080\033[0m\n"));
}

/* A call that was never made. */
static void without_a_call(void **state)
{
    const struct manner manner = {.verbose = true, .width = PAGE_WIDTH};
    struct sample sample;
    struct text text = text_in(buffer, sizeof buffer);

    (void)state;
    sample_time_wait(&sample);
    sample.evidence.attempt.fd = -1;
    human_explain(&text, &sample.evidence, &sample.verdict, &manner);
    assert_int_equal(strncmp(buffer, "8080 is free in 53 s: closed connections of its last run "
                                     "[time-wait]\n", 69), 0);
    assert_null(strstr(buffer, "\n  this"));
    assert_non_null(strstr(buffer, "\n  held"));
}

static void repeats_are_one_line(void **state)
{
    struct sample sample;

    (void)state;
    sample_time_wait(&sample);
    sample.record.repeats = 100;
    sample.record.evidence = NULL;
    assert_string_equal(print(&sample.record, false),
                        "reuseshim: server[4711] cannot bind 8080 again, 100 times so far "
                        "[time-wait]\n");
}

static void a_walk_is_one_line(void **state)
{
    struct sample sample;

    (void)state;
    sample_time_wait(&sample);
    sample.record.walk = 4;
    sample.record.evidence = NULL;
    sample.record.verdict = NULL;
    assert_string_equal(print(&sample.record, false),
                        "reuseshim: server tries one port after the other, now 8080\n");
}

/* Unknown is not told as if it were known. */
static void unknown_is_left_out(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 8080);
    sample.evidence.attempt.socket.options = (struct options){.reuseaddr = ANSWER_UNKNOWN};
    sample.evidence.attempt.caller = sample.record.caller = (struct caller){.pid = 4711};
    sample_add(&sample, sample_holder("0.0.0.0", 8080, STATE_BOUND));
    sample_judge(&sample);
    sample.verdict.cure_count = 0;
    print_all(&sample.record);
    assert_string_equal(
        buffer,
        "reuseshim: pid 4711 cannot bind 8080: another socket is bound to it [bound-idle]\n"
        "  rule     Both sides need SO_REUSEADDR (BOUND): what the other side has cannot\n"
        "           be seen.\n"
        "  this     bind() on fd 5 0.0.0.0:8080\n"
        "  held     BOUND 0.0.0.0:8080\n"
        "  frees    not known\n");
}

static void many_holders_are_counted(void **state)
{
    struct sample sample;
    size_t i, lines = 0;
    const char *line;

    (void)state;
    sample_init(&sample, "0.0.0.0", 8080);
    for (i = 0; i < 10; i++) {
        struct holder *holder =
            sample_add(&sample, sample_holder("127.0.0.1", 8080, STATE_TIME_WAIT));

        holder->count = 3;
        holder->owner.relation = RELATION_NONE;
    }
    sample.evidence.left_out = 2;
    sample_judge(&sample);
    print_all(&sample.record);
    for (line = buffer; (line = strstr(line, "\n  held   ")) != NULL; line++)
        lines++;
    assert_int_equal(lines, 7);
    assert_non_null(strstr(buffer, "\n  held     and 14 more sockets\n"));
    assert_non_null(strstr(buffer, "(30 in TIME_WAIT)"));
}

static void limits_are_told(void **state)
{
    struct sample sample;

    (void)state;
    sample_time_wait(&sample);
    sample.evidence.visibility = VISIBILITY_UNPRIVILEGED;
    sample.evidence.limits = 1u << VISIBILITY_UNPRIVILEGED | 1u << VISIBILITY_BUDGET;
    assert_null(strstr(print(&sample.record, false), "unseen")); /* nobody's: nothing is missing */
    print_all(&sample.record);
    assert_non_null(strstr(buffer, "\n  unseen   Processes of other users."));
    assert_non_null(strstr(buffer, "\n  unseen   Some processes: the look stopped"));
    assert_null(strstr(buffer, "history"));
    assert_null(strstr(buffer, "recorded"));
    sample.evidence.past_skipped = 1;
    sample.evidence.unrecorded = 2;
    assert_null(strstr(print(&sample.record, false), "of the history not"));
    print_all(&sample.record);
    assert_non_null(strstr(buffer,
                           "\n  unseen   1 file of the history not understood.\n"));
    assert_non_null(strstr(buffer, "\n  unseen   2 binds of this process not recorded.\n"));
}

/* A command is to be pasted: it is never broken, however long, and nothing follows it. */
static void long_commands_stay_whole(void **state)
{
    struct sample sample;
    static const char command[] =
        "sysctl -w net.ipv4.ip_local_reserved_ports=\"$(echo $(cat "
        "/proc/sys/net/ipv4/ip_local_reserved_ports) 40000 | tr ' ' ,)\" && one more word to be "
        "sure";
    char lines[512];

    (void)state;
    sample_time_wait(&sample);
    sample.verdict.cures[0] =
        (struct cure){.id = "reserve", .risk = RISK_ROOT, .text = "keep connections off this port"};
    strcpy(sample.verdict.cures[0].command, command);
    print(&sample.record, false);
    snprintf(lines, sizeof lines,
             "\n  fix      [needs root] keep connections off this port:\n           %s\n", command);
    assert_non_null(strstr(buffer, lines));
}

/* What helps least is left out first, and never the answer, the first cure or the rule. */
static void ten_lines_are_enough(void **state)
{
    struct sample sample;
    const char *at;
    size_t lines = 0, i;

    (void)state;
    sample_time_wait(&sample);
    sample.verdict.cure_count = 6;
    for (i = 0; i < 6; i++) {
        struct cure *cure = &sample.verdict.cures[i];

        *cure = (struct cure){.id = "x", .risk = RISK_SAFE};
        cure->kind = i < 3 ? CURE_NOW : CURE_FOR_GOOD;
        memset(cure->text, 'w', sizeof cure->text - 1);
        for (size_t blank = 9; blank < sizeof cure->text - 1; blank += 10)
            cure->text[blank] = ' ';
    }
    print(&sample.record, false);
    for (at = buffer; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_true(lines >= 6 && lines <= 10);
    assert_non_null(strstr(buffer, "\n  fix "));
    assert_null(strstr(buffer, "\n  or "));
    assert_non_null(strstr(buffer, "\n  rule "));
}

/* The next word of *AT, without escape sequences; moves on behind it. False at the end. */
static bool next_word(const char **at, char word[128])
{
    size_t length = 0;

    *at += strspn(*at, " \n");
    for (; **at != '\0' && **at != ' ' && **at != '\n'; (*at)++) {
        if (**at == '\033')
            *at += strcspn(*at, "m");
        else
            word[length++] = **at;
    }
    word[length] = '\0';
    return length > 0;
}

static size_t columns_of(const char *line)
{
    size_t columns = 0;

    for (; *line != '\n'; line++) {
        if (*line == '\033')
            line += strcspn(line, "m");
        else
            columns++;
    }
    return columns;
}

/* As narrow as a command allows: the same words, and no line beyond the width. */
static void a_narrow_terminal_breaks_no_line(void **state)
{
    enum { COMMAND_LEAST = PAGE_INDENT + 32 };
    char all[sizeof whole + sizeof details];
    struct sample sample;

    (void)state;
    snprintf(all, sizeof all, "%s%s", whole, details);
    sample_time_wait(&sample);
    for (size_t width = COMMAND_LEAST; width <= 200; width++) {
        for (int color = 0; color < 2; color++) {
            const struct manner manner = {color != 0, true, width};
            struct text text = text_in(buffer, sizeof buffer);
            char word[128], wanted[128];
            const char *at = buffer, *want = all;

            human_print(&text, &sample.record, &manner);
            while (next_word(&want, wanted)) {
                assert_true(next_word(&at, word));
                assert_string_equal(word, wanted);
            }
            assert_false(next_word(&at, word));
            for (at = buffer; *at != '\0'; at = strchr(at, '\n') + 1)
                assert_true(columns_of(at) >= 1 && columns_of(at) <= width);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_text),
        cmocka_unit_test(times_are_true),
        cmocka_unit_test(color_adds_escapes_only),
        cmocka_unit_test(without_a_call),
        cmocka_unit_test(repeats_are_one_line),
        cmocka_unit_test(a_walk_is_one_line),
        cmocka_unit_test(unknown_is_left_out),
        cmocka_unit_test(many_holders_are_counted),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(long_commands_stay_whole),
        cmocka_unit_test(ten_lines_are_enough),
        cmocka_unit_test(a_narrow_terminal_breaks_no_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

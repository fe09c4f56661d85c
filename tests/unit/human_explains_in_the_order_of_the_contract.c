/* Claim: the explanation of a failure is the contract's example, to the byte: a fixed order, one
 * fact a line, aligned; colour adds escape sequences and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "records.h"

static char buffer[16384];

static const char *print(const struct record *record, bool color)
{
    struct text text = text_in(buffer, sizeof buffer);

    human_print(&text, record, color, PAGE_WIDTH);
    assert_false(text.cut);
    return buffer;
}

static const char whole[] =
    "reuseshim: bind(0.0.0.0:8080) failed: Address already in use [time-wait]  server[4711] fd 5 "
    "tcp\n"
    "  why    12 connections of the previous run still hold 8080 (TIME_WAIT). They were made "
    "without "
    "SO_REUSEADDR, and Linux\n"
    "         lets a port be taken over only if both sides have it.\n"
    "  this   SO_REUSEADDR 1 (policy force)        "
    "open_listener+0x42 (server+0x1a42) < main+0x91 (server+0x1b30)\n"
    "  held   pid 4200 server, ended 7 s ago       "
    "open_listener+0x42 (server+0x1a42) < main+0x91 (server+0x1b30)\n"
    "  frees  in 53 s\n"
    "  help   wait: REUSESHIM_POLICY=force+wait:60s               "
    "                                    "
    "[safe]\n"
    "  help   free it now: reuseshim free tcp:8080                "
    "                                    "
    "[needs root]\n"
    "  help   this run has the option: once it has started, its own restarts cannot meet this.\n";

static void whole_text(void **state)
{
    struct sample sample;

    (void)state;
    sample_time_wait(&sample);
    assert_string_equal(print(&sample.record, false), whole);
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
    assert_non_null(strstr(print(&sample.record, false), "pid 4200 server, ended 7 s ago "));
    memory->bound_at_us = memory->ended_us = SECONDS_AGO(2 * 3600 + 3599);
    assert_non_null(strstr(print(&sample.record, false), "pid 4200 server, ended 2 h ago "));
    memory->ended_us = 0;
    memory->bound_at_us = SECONDS_AGO(60);
    assert_non_null(strstr(print(&sample.record, false), "server, ended, bound 60 s ago"));
    memory->found_dead_us = SECONDS_AGO(7) - 999999;
    assert_non_null(
        strstr(print(&sample.record, false), "server, ended at least 7 s ago, bound 60 s ago"));
    memory->found_dead_us = SECONDS_AGO(0) - 999999;
    assert_non_null(strstr(print(&sample.record, false), "server, ended, bound 60 s ago"));
    memory->unsure = true;
    assert_non_null(strstr(print(&sample.record, false),
                           "  held   last seen there: pid 4200 server, ended, bound 60 s ago"));
    assert_null(strstr(buffer, "of the previous run"));
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
    assert_int_equal(strncmp(buffer, "\033[1;31mreuseshim: bind(0.0.0.0:8080) failed", 43), 0);
}

/* A caller with a headline of its own, and no call that was really made. */
static void without_headline_and_call(void **state)
{
    struct sample sample;
    struct text text = text_in(buffer, sizeof buffer);

    (void)state;
    sample_time_wait(&sample);
    sample.evidence.attempt.fd = -1;
    human_explain(&text, &sample.evidence, &sample.verdict, false, 80);
    assert_int_equal(strncmp(buffer, "  why    12 connections", 23), 0);
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
                        "reuseshim: bind(0.0.0.0:8080) failed again [time-wait]: 100 times so far  "
                        "server[4711] fd 5\n");
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
                        "reuseshim: bind(0.0.0.0:8080) failed: server[4711] tries one port after "
                        "the other; only the last is told, if none is free\n");
}

/* Unknown is not told as if it were known. */
static void unknown_is_left_out(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 8080);
    sample.evidence.attempt.socket.options = (struct options){.reuseaddr = ANSWER_UNKNOWN};
    sample.record.caller = (struct caller){.pid = 4711};
    sample_add(&sample, sample_holder("0.0.0.0", 8080, STATE_BOUND));
    sample_judge(&sample);
    sample.verdict.cure_count = 0;
    assert_string_equal(
        print(&sample.record, false),
        "reuseshim: bind(0.0.0.0:8080) failed: Address already in use [bound-idle]  pid 4711 fd 5 "
        "tcp\n"
        "  why    Somebody unseen has a socket bound to 0.0.0.0:8080. It does not listen: it has "
        "not called listen() yet, or it\n"
        "         was shut down and never closed. Linux lets it be shared or taken over only if "
        "both sides have SO_REUSEADDR.\n"
        "  held   BOUND 0.0.0.0:8080\n"
        "  frees  unknown\n");
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
    print(&sample.record, false);
    for (line = buffer; (line = strstr(line, "\n  held   ")) != NULL; line++)
        lines++;
    assert_int_equal(lines, 7);
    assert_non_null(strstr(buffer, "\n  held   and 14 more sockets\n"));
    assert_non_null(strstr(buffer, "\n  why    30 closed connections still hold 8080"));
}

static void limits_are_told(void **state)
{
    struct sample sample;

    (void)state;
    sample_time_wait(&sample);
    sample.evidence.visibility = VISIBILITY_UNPRIVILEGED;
    sample.evidence.limits = 1u << VISIBILITY_UNPRIVILEGED | 1u << VISIBILITY_BUDGET;
    print(&sample.record, false);
    assert_non_null(strstr(buffer, "\n  unseen Processes that this one may not look into"));
    assert_non_null(strstr(buffer, "\n  unseen Some processes: the look stopped"));
    assert_null(strstr(buffer, "history"));
    assert_null(strstr(buffer, "not remembered"));
    sample.evidence.past_skipped = 1;
    sample.evidence.unrecorded = 2;
    print(&sample.record, false);
    assert_non_null(strstr(buffer, "\n  unseen 1 file of the history that could not be underst"));
    assert_non_null(strstr(buffer, "\n  unseen 2 binds of this process, made while it recorded"));
}

/* A command is to be pasted: it is never broken, however long. */
static void long_commands_stay_whole(void **state)
{
    struct sample sample;
    char line[128];
    static const char command[] =
        "sysctl -w net.ipv4.ip_local_reserved_ports=\"$(echo $(cat "
        "/proc/sys/net/ipv4/ip_local_reserved_ports) 40000 | tr ' ' ,)\" && one more word to be "
        "sure";

    (void)state;
    sample_time_wait(&sample);
    sample.verdict.cures[0] =
        (struct cure){.id = "reserve", .risk = RISK_ROOT, .text = "keep connections off this port"};
    strcpy(sample.verdict.cures[0].command, command);
    print(&sample.record, false);
    snprintf(line, sizeof line, "%-97s[needs root]\n", "  help   keep connections off this port:");
    assert_non_null(strstr(buffer, line));
    assert_non_null(strstr(buffer, command));
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

/* As narrow as its longest word allows: the same words, and no line beyond the width. */
static void a_narrow_terminal_breaks_no_line(void **state)
{
    enum { HEADLINE_LEAST = 73 };
    struct sample sample;

    (void)state;
    sample_time_wait(&sample);
    for (size_t width = HEADLINE_LEAST; width <= PAGE_WIDTH; width++) {
        for (int color = 0; color < 2; color++) {
            struct text text = text_in(buffer, sizeof buffer);
            char word[128], wanted[128];
            const char *at = buffer, *want = whole;

            human_print(&text, &sample.record, color != 0, width);
            while (next_word(&want, wanted)) {
                assert_true(next_word(&at, word));
                assert_string_equal(word, wanted);
            }
            assert_false(next_word(&at, word));
            for (at = buffer; *at != '\0'; at = strchr(at, '\n') + 1)
                assert_in_range(columns_of(at), 1, width);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_text),
        cmocka_unit_test(times_are_true),
        cmocka_unit_test(color_adds_escapes_only),
        cmocka_unit_test(without_headline_and_call),
        cmocka_unit_test(repeats_are_one_line),
        cmocka_unit_test(a_walk_is_one_line),
        cmocka_unit_test(unknown_is_left_out),
        cmocka_unit_test(many_holders_are_counted),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(long_commands_stay_whole),
        cmocka_unit_test(a_narrow_terminal_breaks_no_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

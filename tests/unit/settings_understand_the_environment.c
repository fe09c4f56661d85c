/* Claim: each variable is read as the manual says, and one that can't be understood gives column
 * and expectation and leaves the default. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/settings.h"

static struct settings settings;
static struct reader_error error;

static bool give(enum variable variable, const char *value)
{
    return settings_read(&settings, variable, value, &error);
}

static int fresh(void **state)
{
    (void)state;
    settings_init(&settings);
    memset(&error, 0, sizeof error);
    return 0;
}

static void assert_complains(enum variable variable, const char *value, size_t column,
                             const char *expected)
{
    if (give(variable, value))
        fail_msg("%s=\"%s\": expected a complaint, was read", variable_name(variable), value);
    if (error.column != column || strcmp(error.expected, expected) != 0)
        fail_msg("%s=\"%s\": expected %zu: %s; seen %zu: %s", variable_name(variable), value,
                 column, expected, error.column, error.expected);
}

static void has_the_defaults(void **state)
{
    (void)state;
    assert_int_equal(settings.policy.count, 0);
    assert_int_equal(settings.log, LOG_STDERR);
    assert_int_equal(settings.log_fd, -1);
    assert_int_equal(settings.format, FORMAT_TEXT);
    assert_int_equal(settings.color, COLOR_AUTO);
    assert_int_equal(settings.only_length, 0);
    assert_false(settings.history);
}

static void helper_is_auto_off_or_a_number(void **state)
{
    (void)state;
    assert_int_equal(settings.helper, HELPER_AUTO);
    assert_true(settings_read(&settings, VARIABLE_HELPER, "2", &error));
    assert_int_equal(settings.helper, 2);
    assert_true(settings_read(&settings, VARIABLE_HELPER, "off", &error));
    assert_int_equal(settings.helper, HELPER_OFF);
    assert_true(settings_read(&settings, VARIABLE_HELPER, "auto", &error));
    assert_int_equal(settings.helper, HELPER_AUTO);
    assert_false(settings_read(&settings, VARIABLE_HELPER, "0", &error));
    assert_false(settings_read(&settings, VARIABLE_HELPER, "-1", &error));
    assert_false(settings_read(&settings, VARIABLE_HELPER, "1 2", &error));
    assert_false(settings_read(&settings, VARIABLE_HELPER, "yes", &error));
    assert_int_equal(settings.helper, HELPER_AUTO);
}

static void names_every_variable(void **state)
{
    static const char *const names[] = {"REUSESHIM_POLICY", "REUSESHIM_LOG",     "REUSESHIM_FORMAT",
                                        "REUSESHIM_ONLY",   "REUSESHIM_HISTORY",
                                        "REUSESHIM_VERBOSE",
                                        "REUSESHIM_HELPER", "NO_COLOR",          "FORCE_COLOR"};
    unsigned int i;

    (void)state;
    assert_int_equal(sizeof names / sizeof names[0], VARIABLE_COUNT);
    for (i = 0; i < VARIABLE_COUNT; i++) {
        assert_string_equal(variable_name((enum variable)i), names[i]);
        assert_true(strlen(variable_meaning((enum variable)i)) > 20);
        assert_true(strlen(variable_default((enum variable)i)) > 0);
    }
    assert_string_equal(variable_default(VARIABLE_POLICY), "explain");
    assert_string_equal(variable_default(VARIABLE_LOG), "stderr");
    assert_string_equal(variable_default(VARIABLE_FORMAT), "text");
    assert_string_equal(variable_default(VARIABLE_HISTORY), "off");
    assert_string_equal(format_name(FORMAT_TEXT), "text");
    assert_string_equal(format_name(FORMAT_JSON), "json");
}

static void verbose_is_on_or_off(void **state)
{
    (void)state;
    assert_true(give(VARIABLE_VERBOSE, "1"));
    assert_true(settings.verbose);
    assert_true(give(VARIABLE_VERBOSE, "0"));
    assert_false(settings.verbose);
    assert_complains(VARIABLE_VERBOSE, "yes", 1, "1 or 0");
    assert_false(settings.verbose);
}

static void empty_is_as_unset(void **state)
{
    unsigned int i;

    (void)state;
    for (i = 0; i < VARIABLE_COUNT; i++)
        assert_true(give((enum variable)i, ""));
    for (i = 0; i < VARIABLE_NO_COLOR; i++)
        assert_true(give((enum variable)i, " \t\n"));
    has_the_defaults(NULL);
}

static void reads_the_policy(void **state)
{
    (void)state;
    assert_true(give(VARIABLE_POLICY, "tcp:8080=force; log"));
    assert_int_equal(settings.policy.count, 2);
    assert_complains(VARIABLE_POLICY, "tcp:70000=force", 5, "a port from 1 to 65535");
    assert_int_equal(settings.policy.count, 0);
    assert_true(give(VARIABLE_POLICY, "log"));
    assert_true(give(VARIABLE_POLICY, ""));
    assert_int_equal(settings.policy.count, 0);
}

static void reads_where_the_log_goes(void **state)
{
    (void)state;
    assert_true(give(VARIABLE_LOG, "syslog"));
    assert_int_equal(settings.log, LOG_SYSLOG);
    assert_true(give(VARIABLE_LOG, "journal"));
    assert_int_equal(settings.log, LOG_JOURNAL);
    assert_true(give(VARIABLE_LOG, "stderr"));
    assert_int_equal(settings.log, LOG_STDERR);
    assert_true(give(VARIABLE_LOG, "fd:5"));
    assert_int_equal(settings.log, LOG_FD);
    assert_int_equal(settings.log_fd, 5);
    assert_true(give(VARIABLE_LOG, "./stdrr"));
    assert_int_equal(settings.log, LOG_FILE);
    assert_int_equal(settings.log_fd, -1);
    assert_string_equal(settings.log_path, "./stdrr");
}

static void refuses_a_log_that_cannot_be(void **state)
{
    static const char fd[] = "a descriptor number, as in fd:5";
    static const char name[] = "stderr, syslog, journal, fd:N, or a file's name with a '/' or a "
                               "'.' in it, as ./log";
    static const char percent[] = "%p (the process id) or %%";

    (void)state;
    assert_complains(VARIABLE_LOG, "fd:", 4, fd);
    assert_complains(VARIABLE_LOG, "fd:-1", 4, fd);
    assert_complains(VARIABLE_LOG, "fd:x", 4, fd);
    assert_complains(VARIABLE_LOG, "fd:99999999999", 4, fd);
    assert_complains(VARIABLE_LOG, "fd:5 ", 5, "the end after the descriptor number");
    assert_int_equal(settings.log, LOG_STDERR);
    assert_complains(VARIABLE_LOG, "/tmp/%d.log", 6, percent);
    assert_complains(VARIABLE_LOG, "/tmp/%%%", 8, percent);
    assert_complains(VARIABLE_LOG, "%", 1, percent);
    assert_complains(VARIABLE_LOG, "stdrr", 1, name);
    assert_complains(VARIABLE_LOG, "Stderr", 1, name);
    assert_complains(VARIABLE_LOG, "log-%p", 1, name);
    assert_int_equal(settings.log, LOG_STDERR);
}

static void assert_expands(const char *value, const char *path)
{
    char buffer[64];

    assert_true(give(VARIABLE_LOG, value));
    assert_true(settings_log_path(&settings, 4711, buffer, sizeof buffer));
    assert_string_equal(buffer, path);
}

static void expands_the_process_id(void **state)
{
    char small[8];

    (void)state;
    assert_expands("/var/log/x.log", "/var/log/x.log");
    assert_expands("relative.%p.log", "relative.4711.log");
    assert_expands("./%p%p", "./47114711");
    assert_expands("./100%%", "./100%");
    assert_expands("./%%p", "./%p");
    assert_expands("./stderr", "./stderr");
    assert_true(give(VARIABLE_LOG, "./c%p"));
    assert_true(settings_log_path(&settings, 4711, small, sizeof small));
    assert_false(settings_log_path(&settings, 47111, small, sizeof small));
    assert_true(give(VARIABLE_LOG, "syslog"));
    assert_false(settings_log_path(&settings, 4711, small, sizeof small));
}

static void paths_have_a_limit(void **state)
{
    char path[4097];

    (void)state;
    memset(path, '/', sizeof path);
    path[4095] = '\0';
    assert_true(give(VARIABLE_LOG, path));
    assert_true(give(VARIABLE_HISTORY, path));
    assert_true(settings.history);
    path[4095] = '/';
    path[4096] = '\0';
    assert_complains(VARIABLE_LOG, path, 4096, "a path of at most 4095 bytes");
    assert_complains(VARIABLE_HISTORY, path, 4096, "a path of at most 4095 bytes");
    assert_false(settings.history);
    assert_int_equal(settings.log, LOG_STDERR);
}

static void reads_the_format(void **state)
{
    (void)state;
    assert_true(give(VARIABLE_FORMAT, "json"));
    assert_int_equal(settings.format, FORMAT_JSON);
    assert_true(give(VARIABLE_FORMAT, "text"));
    assert_int_equal(settings.format, FORMAT_TEXT);
    assert_true(give(VARIABLE_FORMAT, "json"));
    assert_complains(VARIABLE_FORMAT, "JSON", 1, "text or json");
    assert_int_equal(settings.format, FORMAT_TEXT);
    assert_complains(VARIABLE_FORMAT, "jsonl", 1, "text or json");
}

static void reads_which_programs_are_meant(void **state)
{
    char many[1025];

    (void)state;
    assert_true(settings_means_program(&settings, "anything"));
    assert_true(give(VARIABLE_ONLY, "nginx, python* ,?sh"));
    assert_true(settings_means_program(&settings, "nginx"));
    assert_true(settings_means_program(&settings, "python3.11"));
    assert_true(settings_means_program(&settings, "zsh"));
    assert_false(settings_means_program(&settings, "sh"));
    assert_false(settings_means_program(&settings, "nginx2"));
    assert_false(settings_means_program(&settings, ""));
    assert_true(give(VARIABLE_ONLY, "*"));
    assert_true(settings_means_program(&settings, "anything"));
    assert_complains(VARIABLE_ONLY, "a,,b", 3, "a program's name, or a glob of one");
    assert_complains(VARIABLE_ONLY, "a, ", 4, "a program's name, or a glob of one");
    assert_complains(VARIABLE_ONLY, ",a", 1, "a program's name, or a glob of one");
    assert_complains(VARIABLE_ONLY, "a,/bin/b", 3, "a program's name without its folder");
    assert_int_equal(settings.only_length, 0);
    memset(many, 'a', sizeof many);
    many[1024] = '\0';
    assert_complains(VARIABLE_ONLY, many, 1024, "at most 1023 bytes");
    many[1023] = '\0';
    assert_true(give(VARIABLE_ONLY, many));
    assert_true(settings_means_program(&settings, many));
}

static void reads_the_history(void **state)
{
    (void)state;
    assert_true(give(VARIABLE_HISTORY, "/run/history"));
    assert_true(settings.history);
    assert_string_equal(settings.history_path, "/run/history");
    assert_true(give(VARIABLE_HISTORY, "off"));
    assert_false(settings.history);
    assert_complains(VARIABLE_HISTORY, "on", 1, "off or the absolute path of a folder");
    assert_complains(VARIABLE_HISTORY, "a/b", 1, "off or the absolute path of a folder");
    assert_false(settings.history);
}

static void reads_how_much_history_is_kept(void **state)
{
    (void)state;
    assert_true(give(VARIABLE_HISTORY, "/h"));
    assert_true(settings.history_folder_bytes == 64 << 20);
    assert_int_equal(settings.history_process_bytes, 64 << 10);
    assert_true(settings.history_age_s == 24 * 3600);
    assert_true(give(VARIABLE_HISTORY, "/h,size=2G,process=100K,age=7d"));
    assert_string_equal(settings.history_path, "/h");
    assert_true(settings.history_folder_bytes == (uint64_t)2 << 30);
    assert_int_equal(settings.history_process_bytes, 100 << 10);
    assert_true(settings.history_age_s == 7 * 24 * 3600);
    assert_true(give(VARIABLE_HISTORY, "/h,age=90s"));
    assert_true(settings.history_age_s == 90);
    assert_true(settings.history_folder_bytes == 64 << 20);
    assert_complains(VARIABLE_HISTORY, "/h,", 4, "size=, process= or age=");
    assert_complains(VARIABLE_HISTORY, "/h,siez=1M", 4, "size=, process= or age=");
    assert_complains(VARIABLE_HISTORY, "/h,size=64", 9,
                     "the size of a folder from 1M on, as in 64M");
    assert_complains(VARIABLE_HISTORY, "/h,size=99K", 9,
                     "the size of a folder from 1M on, as in 64M");
    assert_complains(VARIABLE_HISTORY, "/h,size=64Mb", 12, "a comma or the end");
    assert_complains(VARIABLE_HISTORY, "/h,process=31K", 12,
                     "the size of a process's file from 32K to 1M, as in 64K");
    assert_complains(VARIABLE_HISTORY, "/h,process=2M", 12,
                     "the size of a process's file from 32K to 1M, as in 64K");
    assert_complains(VARIABLE_HISTORY, "/h,age=0h", 8, "a time, as in 30m, 24h or 7d");
    assert_false(settings.history);
    assert_true(settings.history_age_s == 24 * 3600);
}

static void colour_follows_the_conventions(void **state)
{
    static const struct {
        const char *no, *force;
        enum color color;
    } rows[] = {
        {"", "", COLOR_AUTO},    {"1", "", COLOR_NEVER},  {"0", "", COLOR_NEVER},
        {" ", "", COLOR_NEVER},  {"", "1", COLOR_ALWAYS}, {"", "3", COLOR_ALWAYS},
        {"", "0", COLOR_AUTO},   {"1", "1", COLOR_NEVER}, {"", "true", COLOR_ALWAYS},
        {"1", "0", COLOR_NEVER}, {"", "00", COLOR_ALWAYS},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        settings_init(&settings);
        assert_true(give(VARIABLE_NO_COLOR, rows[i].no));
        assert_true(give(VARIABLE_FORCE_COLOR, rows[i].force));
        assert_int_equal(settings.color, rows[i].color);
        settings_init(&settings);
        assert_true(give(VARIABLE_FORCE_COLOR, rows[i].force));
        assert_true(give(VARIABLE_NO_COLOR, rows[i].no));
        assert_int_equal(settings.color, rows[i].color);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(verbose_is_on_or_off, fresh),
        cmocka_unit_test_setup(has_the_defaults, fresh),
        cmocka_unit_test_setup(helper_is_auto_off_or_a_number, fresh),
        cmocka_unit_test_setup(names_every_variable, fresh),
        cmocka_unit_test_setup(empty_is_as_unset, fresh),
        cmocka_unit_test_setup(reads_the_policy, fresh),
        cmocka_unit_test_setup(reads_where_the_log_goes, fresh),
        cmocka_unit_test_setup(refuses_a_log_that_cannot_be, fresh),
        cmocka_unit_test_setup(expands_the_process_id, fresh),
        cmocka_unit_test_setup(paths_have_a_limit, fresh),
        cmocka_unit_test_setup(reads_the_format, fresh),
        cmocka_unit_test_setup(reads_which_programs_are_meant, fresh),
        cmocka_unit_test_setup(reads_the_history, fresh),
        cmocka_unit_test_setup(reads_how_much_history_is_kept, fresh),
        cmocka_unit_test_setup(colour_follows_the_conventions, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

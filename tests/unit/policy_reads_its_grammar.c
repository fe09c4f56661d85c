/* Claim: each text of the grammar is read as what it says. What was read is seen in its canonical
 * form, which is read once more and must give the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/policy.h"

#define PATH_108                                                                                   \
    "/23456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"   \
    "123456789012345678"

static const struct {
    const char *text;
    const char *canonical;
} rows[] = {
    /* The examples of the manual. */
    {"force", "force"},
    {"log", "log"},
    {"tcp:8080,8443=force; explain", "tcp:8080,8443=force;explain"},
    {"tcp@127.0.0.1:9000-9100=force+wait:30s", "tcp@127.0.0.1:9000-9100=force+wait:30s"},
    {"udp:5353=force+share", "udp:5353=force+share"},
    {"unix@/run/app/*.sock=unlink", "unix@/run/app/*.sock=unlink"},
    {"tcp6=v6only+force", "tcp6=force+v6only"},
    {"force+wait:60s", "force+wait:1m"},
    /* Each action. */
    {"off", "off"},
    {"explain", "explain"},
    {"clear", "clear"},
    {"share", "share"},
    {"v6only", "v6only"},
    {"wait:500ms", "wait:500ms"},
    {"wait:1ms", "wait:1ms"},
    {"wait:90s", "wait:90s"},
    {"wait:1500ms", "wait:1500ms"},
    {"wait:2m", "wait:2m"},
    {"wait:1440m", "wait:1440m"},
    {"wait:86400000ms", "wait:1440m"},
    {"unlink", "unlink"},
    {"explain+force", "explain+force"},
    {"explain+log+force+share+v6only+wait:1s+unlink",
     "explain+log+force+share+v6only+wait:1s+unlink"},
    {"clear+share", "clear+share"},
    /* Each protocol. */
    {"any=force", "force"},
    {"tcp=force", "tcp=force"},
    {"tcp4=force", "tcp4=force"},
    {"tcp6=force", "tcp6=force"},
    {"udp=force", "udp=force"},
    {"udp4=force", "udp4=force"},
    {"udp6=force", "udp6=force"},
    {"unix=unlink", "unix=unlink"},
    /* Addresses. */
    {"any@*=force", "force"},
    {"tcp@*:80=force", "tcp:80=force"},
    {"any@10.0.0.1=off", "any@10.0.0.1=off"},
    {"any@10.1.2.3/8=off", "any@10.0.0.0/8=off"},
    {"any@10.1.2.3/13=off", "any@10.0.0.0/13=off"},
    {"any@10.1.2.3/31=off", "any@10.1.2.2/31=off"},
    {"any@10.1.2.3/32=off", "any@10.1.2.3=off"},
    {"any@10.1.2.3/0=off", "any@0.0.0.0/0=off"},
    {"tcp4@0.0.0.0=force", "tcp4@0.0.0.0=force"},
    {"tcp@[::1]:80=force", "tcp@[::1]:80=force"},
    {"tcp6@[fd00::1/8]=force", "tcp6@[fd00::/8]=force"},
    {"tcp@[::/0]=force", "tcp@[::/0]=force"},
    {"tcp@[::1/128]=force", "tcp@[::1]=force"},
    {"udp6@[fe80::1%3]=force", "udp6@[fe80::1%3]=force"},
    {"tcp6@[::ffff:127.0.0.1]=force", "tcp6@[::ffff:127.0.0.1]=force"},
    {"tcp6@[::ffff:127.0.0.1%3]=force", "tcp6@[::ffff:127.0.0.1]=force"},
    {"unix@*=log", "unix=log"},
    {"unix@@name=log", "unix@@name=log"},
    {"unix@@*=log", "unix@@*=log"},
    {"unix@relative.sock=log", "unix@relative.sock=log"},
    {"unix@/tmp/.X11-unix/X?=log", "unix@/tmp/.X11-unix/X?=log"},
    {"unix@/a:1+b,c@d=log", "unix@/a:1+b,c@d=log"},
    {"unix@/with blank =log", "unix@/with blank=log"},
    {"unix@/caf\xc3\xa9=log", "unix@/caf\xc3\xa9=log"},
    {"unix@" PATH_108 "=log", "unix@" PATH_108 "=log"},
    /* Ports. */
    {"any:1=off", "any:1=off"},
    {"any:65535=off", "any:65535=off"},
    {"any:1-65535=off", "any:1-65535=off"},
    {"any:80-80=off", "any:80=off"},
    {"any:0080=off", "any:80=off"},
    {"any:1,2-3,4=off", "any:1,2-3,4=off"},
    {"any:1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16=off",
     "any:1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16=off"},
    /* Blanks. */
    {" \ttcp @ 10.0.0.0 / 8 : 80 , 90 - 99 = force + wait : 1s ; log \n",
     "tcp@10.0.0.0/8:80,90-99=force+wait:1s;log"},
    {"tcp@[ ::1 / 64 ] : 80 = force", "tcp@[::/64]:80=force"},
    {"unix @ /run/x = unlink", "unix@/run/x=unlink"},
    {"off;off;off", "off;off;off"},
};

static size_t print_policy(const struct policy *policy, char *buffer, size_t size)
{
    struct text text = text_in(buffer, size);
    size_t i;

    for (i = 0; i < policy->count; i++) {
        if (i > 0)
            text_char(&text, ';');
        policy_print_rule(&text, &policy->rules[i]);
    }
    return text.used;
}

static void reads_each_row(void **state)
{
    static struct policy policy, again;
    struct reader_error error;
    char printed[1024];
    size_t i, length;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!policy_parse(rows[i].text, strlen(rows[i].text), &policy, &error))
            fail_msg("\"%s\": refused at %zu, expected %s", rows[i].text, error.column,
                     error.expected);
        length = print_policy(&policy, printed, sizeof printed);
        assert_string_equal(printed, rows[i].canonical);
        assert_true(policy_parse(printed, length, &again, &error));
        assert_memory_equal(&policy, &again, sizeof policy);
    }
}

static void reads_sixty_four_rules(void **state)
{
    static struct policy policy;
    struct reader_error error;
    char text[64 * 4];
    size_t i;

    (void)state;
    for (i = 0; i < 64; i++)
        memcpy(text + 4 * i, "off;", 4);
    assert_true(policy_parse(text, sizeof text - 1, &policy, &error));
    assert_int_equal(policy.count, 64);
}

static void reads_64_kib_within_the_limits(void **state)
{
    static char text[65536];
    static struct policy policy;
    struct reader_error error;

    (void)state;
    memset(text, ' ', sizeof text);
    memcpy(text + 40000, "force", 5);
    assert_true(policy_parse(text, sizeof text, &policy, &error));
    assert_int_equal(policy.count, 1);
    assert_true(policy_rule_has(&policy.rules[0], ACTION_FORCE));
}

static void reads_not_beyond_its_length(void **state)
{
    static struct policy policy;
    struct reader_error error;

    (void)state;
    assert_true(policy_parse("tcp:80=force+share", 12, &policy, &error));
    assert_int_equal(policy.rules[0].actions, 1u << ACTION_FORCE);
}

static void the_longest_rule_fits_its_limit(void **state)
{
    static const char path[] = "unix@" PATH_108 "=explain+log+force+share+unlink+wait:86399999ms";
    static const char ports[] =
        "tcp6@[1111:2222:3333:4444:5555:6666:7777:8888%999999999/127]:10000-20000,10000-20000,"
        "10000-20000,10000-20000,10000-20000,10000-20000,10000-20000,10000-20000,10000-20000,"
        "10000-20000,10000-20000,10000-20000,10000-20000,10000-20000,10000-20000,10000-20000="
        "explain+log+force+share+v6only+wait:86399999ms";
    static struct policy policy;
    struct reader_error error;
    char buffer[POLICY_RULE_TEXT_MAX];
    struct text text = text_in(buffer, sizeof buffer);

    (void)state;
    assert_true(policy_parse(path, sizeof path - 1, &policy, &error));
    policy_print_rule(&text, &policy.rules[0]);
    assert_false(text.cut);
    assert_true(policy_parse(ports, sizeof ports - 1, &policy, &error));
    text = text_in(buffer, sizeof buffer);
    policy_print_rule(&text, &policy.rules[0]);
    assert_false(text.cut);
}

static void reads_times(void **state)
{
    struct reader_error error;
    uint32_t time_ms = 0;

    (void)state;
    assert_true(policy_parse_time("500ms", 5, &time_ms, &error));
    assert_int_equal(time_ms, 500);
    assert_true(policy_parse_time(" 30s ", 5, &time_ms, &error));
    assert_int_equal(time_ms, 30000);
    assert_false(policy_parse_time("30s+", 4, &time_ms, &error));
    assert_int_equal(error.column, 4);
    assert_false(policy_parse_time("", 0, &time_ms, &error));
    assert_int_equal(error.column, 1);
    assert_int_equal(time_ms, 30000);
}

static void each_word_has_its_name_and_meaning(void **state)
{
    unsigned int i;

    (void)state;
    for (i = 0; i < ACTION_COUNT; i++) {
        assert_true(strlen(action_name((enum action)i)) > 0);
        assert_true(strlen(action_meaning((enum action)i)) > 20);
    }
    for (i = 0; i < SELECT_COUNT; i++)
        assert_true(strlen(selector_protocol_name((enum selector_protocol)i)) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_row),
        cmocka_unit_test(reads_sixty_four_rules),
        cmocka_unit_test(reads_64_kib_within_the_limits),
        cmocka_unit_test(reads_not_beyond_its_length),
        cmocka_unit_test(the_longest_rule_fits_its_limit),
        cmocka_unit_test(reads_times),
        cmocka_unit_test(each_word_has_its_name_and_meaning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

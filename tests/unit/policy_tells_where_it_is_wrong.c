/* Claim: a text that can't be understood gives the column and what was expected there, whole, and
 * an empty policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/policy.h"

#define RULE_EXPECTED "a rule, such as force or tcp:8080=force"
#define ACTIONS "off, explain, log, force, clear, share, v6only, wait, unlink"
#define FIRST_EXPECTED                                                                             \
    "a protocol (any, tcp, tcp4, tcp6, udp, udp4, udp6, unix) or an action (" ACTIONS ")"
#define SELECTOR_EXPECTED                                                                          \
    "a protocol (any, tcp, tcp4, tcp6, udp, udp4, udp6, unix) before '='; to name programs, set "  \
    "REUSESHIM_ONLY"
#define ACTION_EXPECTED "an action: " ACTIONS
#define AFTER_EXPECTED "'+' and an action, ';' and a rule, or the end"
#define EQUALS_EXPECTED "'=' and an action"
#define PORT_EXPECTED "a port from 1 to 65535"
#define TIME_EXPECTED "a time such as 5, 500ms, 30s, 2m or 1h"
#define UNIT_EXPECTED "a unit: ms, s, m or h"
#define TIME_RANGE_EXPECTED "a time from 1ms to 24h"
#define INET_EXPECTED "an IPv4 address, an IPv6 address in brackets, or *"
#define BRACKETS_EXPECTED "an IPv6 address in brackets, such as [::1]"
#define BETWEEN_EXPECTED "an IPv6 address between the brackets"
#define UNIX_EXPECTED "a path, @name, or a glob of either"
#define PRINTABLE_EXPECTED "a printable character ('?' stands for any one byte)"
#define V6ONLY_EXPECTED                                                                            \
    "v6only only in a rule that can match IPv6 sockets (any, tcp, tcp6, udp or udp6, no IPv4 "     \
    "address)"
#define UNLINK_EXPECTED                                                                            \
    "unlink only in a rule that can match UNIX sockets (any or unix, no port)"
#define PATH_100                                                                                   \
    "/234567890123456789012345678901234567890123456789"                                            \
    "012345678901234567890123456789012345678901234567890"

static const struct {
    const char *text;
    size_t column;
    const char *expected;
} rows[] = {
    /* Rules. */
    {"", 1, RULE_EXPECTED},
    {"  ", 3, RULE_EXPECTED},
    {";", 1, RULE_EXPECTED},
    {"force;", 7, RULE_EXPECTED},
    {"force; ", 8, RULE_EXPECTED},
    {"force;;log", 7, RULE_EXPECTED},
    {" ;log", 2, RULE_EXPECTED},
    {"forse", 1, FIRST_EXPECTED},
    {"FORCE", 1, FIRST_EXPECTED},
    {"  http:80=force", 3, FIRST_EXPECTED},
    {"=force", 1, FIRST_EXPECTED},
    {":80=force", 1, FIRST_EXPECTED},
    {"\"force\"", 1, FIRST_EXPECTED},
    {"force;\x1b[31m", 7, FIRST_EXPECTED},
    {"forcelog", 1, FIRST_EXPECTED},
    {"tcp5=force", 1, SELECTOR_EXPECTED},
    /* Actions. */
    {"tcp=", 5, ACTION_EXPECTED},
    {"tcp=forse", 5, ACTION_EXPECTED},
    {"force+", 7, ACTION_EXPECTED},
    {"force++log", 7, ACTION_EXPECTED},
    {"force+tcp", 7, ACTION_EXPECTED},
    {"tcp=force log", 11, AFTER_EXPECTED},
    {"force,share", 6, AFTER_EXPECTED},
    {"force:30s", 6, AFTER_EXPECTED},
    {"force=tcp", 6, AFTER_EXPECTED},
    {"tcp:80=force:80", 13, AFTER_EXPECTED},
    {"wait:1s2", 7, UNIT_EXPECTED},
    /* Contradictions. */
    {"force+force", 7, "force only once in a rule"},
    {"wait:1s+wait:2s", 9, "wait only once in a rule"},
    {"off+off", 5, "off only once in a rule"},
    {"off+force", 5, "force without off: they contradict each other"},
    {"force+off", 7, "off without force: they contradict each other"},
    {"off+explain", 5, "explain without off: they contradict each other"},
    {"log+off", 5, "off without log: they contradict each other"},
    {"off+wait:1s", 5, "wait without off: they contradict each other"},
    {"off+unlink", 5, "unlink without off: they contradict each other"},
    {"off+share", 5, "share without off: they contradict each other"},
    {"off+v6only", 5, "v6only without off: they contradict each other"},
    {"off+clear", 5, "clear without off: they contradict each other"},
    {"force+clear", 7, "clear without force: they contradict each other"},
    {"clear + force", 9, "force without clear: they contradict each other"},
    {"log+force+share+clear", 17, "clear without force: they contradict each other"},
    {"tcp4=v6only", 6, V6ONLY_EXPECTED},
    {"udp4=force+v6only", 12, V6ONLY_EXPECTED},
    {"unix=v6only", 6, V6ONLY_EXPECTED},
    {"any@1.2.3.4=v6only", 13, V6ONLY_EXPECTED},
    {"tcp=unlink", 5, UNLINK_EXPECTED},
    {"tcp4=unlink", 6, UNLINK_EXPECTED},
    {"tcp6=unlink", 6, UNLINK_EXPECTED},
    {"udp=unlink", 5, UNLINK_EXPECTED},
    {"udp4=unlink", 6, UNLINK_EXPECTED},
    {"udp6=unlink", 6, UNLINK_EXPECTED},
    {"any:80=unlink", 8, UNLINK_EXPECTED},
    {"any@[::1]=unlink", 11, UNLINK_EXPECTED},
    /* Times. */
    {"wait", 5, "':' and a time, as in wait:30s"},
    {"wait+force", 5, "':' and a time, as in wait:30s"},
    {"wait=30s", 5, "':' and a time, as in wait:30s"},
    {"wait:", 6, TIME_EXPECTED},
    {"wait:-1s", 6, TIME_EXPECTED},
    {"wait: s", 7, TIME_EXPECTED},
    {"wait:30 s", 8, "a unit without a blank in front, as in 30s"},
    {"wait:30x", 8, UNIT_EXPECTED},
    {"wait:30S", 8, UNIT_EXPECTED},
    {"wait:1.5s", 7, AFTER_EXPECTED},
    {"wait:30sec", 8, UNIT_EXPECTED},
    {"wait:0s", 6, TIME_RANGE_EXPECTED},
    {"wait:1441m", 6, TIME_RANGE_EXPECTED},
    {"wait:86401s", 6, TIME_RANGE_EXPECTED},
    {"wait:86400001ms", 6, TIME_RANGE_EXPECTED},
    {"wait:99999999999999999999999999m", 6, TIME_RANGE_EXPECTED},
    /* Ports. */
    {"tcp:0=force", 5, PORT_EXPECTED},
    {"tcp:70000=force", 5, PORT_EXPECTED},
    {"tcp:65536=force", 5, PORT_EXPECTED},
    {"tcp:18446744073709551697=force", 5, PORT_EXPECTED},
    {"tcp:=force", 5, PORT_EXPECTED},
    {"tcp:http=force", 5, PORT_EXPECTED},
    {"tcp:-80=force", 5, PORT_EXPECTED},
    {"tcp:80,=force", 8, PORT_EXPECTED},
    {"tcp:80,0=force", 8, PORT_EXPECTED},
    {"tcp:9100-9000=force", 10, "a port from 9100 to 65535"},
    {"tcp:80-=force", 8, "a port from 80 to 65535"},
    {"tcp:80-70000=force", 8, "a port from 80 to 65535"},
    {"tcp:80-90-99=force", 10, EQUALS_EXPECTED},
    {"tcp:80x=force", 7, EQUALS_EXPECTED},
    {"tcp:80", 7, EQUALS_EXPECTED},
    {"tcp", 4, EQUALS_EXPECTED},
    {"tcp;force", 4, EQUALS_EXPECTED},
    {"tcp+force", 4, EQUALS_EXPECTED},
    {"tcp:80 force", 8, EQUALS_EXPECTED},
    {"tcp:80:90=force", 7, EQUALS_EXPECTED},
    {"tcp:1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17=force", 44,
     "at most 16 ports or ranges in a rule"},
    {"unix:80=force", 5, "'=': UNIX sockets have no port"},
    /* Addresses. */
    {"tcp@=force", 5, INET_EXPECTED},
    {"tcp@", 5, INET_EXPECTED},
    {"tcp@localhost=force", 5, INET_EXPECTED},
    {"tcp@1.2.3=force", 5, INET_EXPECTED},
    {"tcp@1.2.3.256=force", 5, INET_EXPECTED},
    {"tcp@1.2.3.4.5=force", 5, INET_EXPECTED},
    {"tcp@eth0:80=force", 5, INET_EXPECTED},
    {"tcp@**=force", 6, EQUALS_EXPECTED},
    {"tcp@*/8=force", 6, EQUALS_EXPECTED},
    {"tcp@1.2.3.4x=force", 5, INET_EXPECTED},
    {"tcp@::1=force", 5, BRACKETS_EXPECTED},
    {"tcp@::=force", 5, BRACKETS_EXPECTED},
    {"tcp@fe80::1:80=force", 5, BRACKETS_EXPECTED},
    {"tcp@1:2:3:4:5:6:7:8=force", 5, BRACKETS_EXPECTED},
    {"tcp@::ffff:1.2.3.4=force", 5, BRACKETS_EXPECTED},
    {"tcp@1.2.3.4/33=force", 13, "a prefix length from 0 to 32"},
    {"tcp@1.2.3.4/=force", 13, "a prefix length from 0 to 32"},
    {"tcp@1.2.3.4/-1=force", 13, "a prefix length from 0 to 32"},
    {"tcp@1.2.3.4/255.0.0.0=force", 13, "a prefix length from 0 to 32"},
    {"tcp@1.2.3.4/24.0=force", 15, EQUALS_EXPECTED},
    {"tcp@[::1/129]=force", 10, "a prefix length from 0 to 128"},
    {"tcp@[::1/]=force", 10, "a prefix length from 0 to 128"},
    {"tcp@[::1]/64=force", 10, "the prefix length inside the brackets: [fd00::/8]"},
    {"tcp@[::1=force", 9, "']'"},
    {"tcp@[::1", 9, "']'"},
    {"tcp@[::1/64=force", 12, "']'"},
    {"tcp@[]=force", 6, BETWEEN_EXPECTED},
    {"tcp@[", 6, BETWEEN_EXPECTED},
    {"tcp@[127.0.0.1]=force", 6, BETWEEN_EXPECTED},
    {"tcp@[[::1]]=force", 6, BETWEEN_EXPECTED},
    {"tcp@[::1%eth0]=force", 6, BETWEEN_EXPECTED},
    {"tcp@[*]=force", 6, BETWEEN_EXPECTED},
    {"tcp4@[::1]=force", 6, "an IPv4 address, as tcp4 says"},
    {"udp4@[::1/64]:1=force", 6, "an IPv4 address, as udp4 says"},
    {"tcp6@127.0.0.1=force", 6, "an IPv6 address in brackets, as tcp6 says"},
    {"udp6@ 10.0.0.0/8=force", 7, "an IPv6 address in brackets, as udp6 says"},
    {"any@/run/x=off", 5, "an IP address: paths and @names need the protocol unix"},
    {"tcp@@name=off", 5, "an IP address: paths and @names need the protocol unix"},
    {"unix@=off", 6, UNIX_EXPECTED},
    {"unix@", 6, UNIX_EXPECTED},
    {"unix@ ;off", 7, UNIX_EXPECTED},
    {"unix@/run/x", 12, EQUALS_EXPECTED},
    {"unix@/run/x;off", 12, EQUALS_EXPECTED},
    {"unix@/a=b=off", 9, ACTION_EXPECTED},
    {"unix@/a\nb=off", 8, PRINTABLE_EXPECTED},
    {"unix@/\x1b[2J=off", 7, PRINTABLE_EXPECTED},
    {"unix@/a\xff=off", 8, PRINTABLE_EXPECTED},
    {"unix@/\xc2\x9b=off", 7, PRINTABLE_EXPECTED},
    {"unix@" PATH_100 "123456789=off", 114, "a path of at most 108 bytes"},
};

static void tells_each_row(void **state)
{
    static struct policy policy;
    struct reader_error error;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t length = strlen(rows[i].text);

        memset(&policy, 0xff, sizeof policy);
        if (policy_parse(rows[i].text, length, &policy, &error))
            fail_msg("\"%s\": expected a complaint, was read", rows[i].text);
        if (error.column != rows[i].column || strcmp(error.expected, rows[i].expected) != 0)
            fail_msg("\"%s\": expected %zu: %s; seen %zu: %s", rows[i].text, rows[i].column,
                     rows[i].expected, error.column, error.expected);
        assert_int_equal(policy.count, 0);
    }
}

static void tells_of_rule_sixty_five(void **state)
{
    static char text[65536];
    static struct policy policy;
    struct reader_error error;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof text; i += 4)
        memcpy(text + i, "off;", 4);
    assert_false(policy_parse(text, sizeof text, &policy, &error));
    assert_int_equal(error.column, 64 * 4 + 1);
    assert_string_equal(error.expected, "at most 64 rules");
}

static void tells_of_a_nul(void **state)
{
    static struct policy policy;
    struct reader_error error;

    (void)state;
    assert_false(policy_parse("force\0", 6, &policy, &error));
    assert_int_equal(error.column, 6);
    assert_false(policy_parse("tcp@1.2.3.4\0=off", 16, &policy, &error));
    assert_int_equal(error.column, 5);
    assert_false(policy_parse("unix@/a\0=off", 12, &policy, &error));
    assert_int_equal(error.column, 8);
}

/* A text that is cut short is told about at its end or before, and is not left half read. */
static void tells_of_each_cut(void **state)
{
    static const char whole[] = "tcp@[fe80::1%3/64]:80,90-99=force+wait:30s;unix@/run/x=unlink";
    static struct policy policy;
    struct reader_error error;
    size_t length;

    (void)state;
    for (length = 0; length < sizeof whole; length++) {
        if (policy_parse(whole, length, &policy, &error)) {
            assert_true(policy.count >= 1);
        } else {
            assert_int_equal(policy.count, 0);
            assert_true(error.column >= 1 && error.column <= length + 1);
            assert_true(strlen(error.expected) > 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_each_row),
        cmocka_unit_test(tells_of_rule_sixty_five),
        cmocka_unit_test(tells_of_a_nul),
        cmocka_unit_test(tells_of_each_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

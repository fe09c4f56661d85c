/* Claim: the first rule that means a socket decides for it, and where none does, it is explain. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/policy.h"

enum { NONE = -1 };

/* ADDRESS: IPv4, IPv6, a path or @name; NULL = not known yet; "" = unnamed UNIX socket. The oracle
 * of how an address looks in bytes is the C library. */
static const struct {
    const char *policy;
    enum protocol protocol;
    enum family family;
    const char *address;
    uint16_t port;
    int rule; /* the rule that decides, or NONE */
} rows[] = {
    /* Order. */
    {"off;log", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 80, 0},
    {"udp=off;tcp=log", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 80, 1},
    {"tcp:80=off;tcp=log", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 81, 1},
    {"tcp:80=off;tcp=log", PROTOCOL_UDP, FAMILY_INET, "1.2.3.4", 80, NONE},
    /* Protocols. */
    {"any=off", PROTOCOL_NONE, FAMILY_OTHER, NULL, 0, 0},
    {"any=off", PROTOCOL_NONE, FAMILY_NONE, NULL, 0, 0},
    {"any=off", PROTOCOL_UNIX, FAMILY_UNIX, "/x", 0, 0},
    {"tcp=off", PROTOCOL_TCP, FAMILY_INET6, "::1", 80, 0},
    {"tcp4=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 80, 0},
    {"tcp4=off", PROTOCOL_TCP, FAMILY_INET6, "::1", 80, NONE},
    {"tcp4=off", PROTOCOL_TCP, FAMILY_INET6, "::ffff:1.2.3.4", 80, NONE},
    {"tcp6=off", PROTOCOL_TCP, FAMILY_INET6, "::1", 80, 0},
    {"tcp6=off", PROTOCOL_TCP, FAMILY_INET6, "::ffff:1.2.3.4", 80, 0},
    {"tcp6=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 80, NONE},
    {"udp=off", PROTOCOL_UDP, FAMILY_INET, "1.2.3.4", 80, 0},
    {"udp=off", PROTOCOL_UDPLITE, FAMILY_INET, "1.2.3.4", 80, NONE},
    {"udp=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 80, NONE},
    {"udp4=off", PROTOCOL_UDP, FAMILY_INET6, "::1", 80, NONE},
    {"udp6=off", PROTOCOL_UDP, FAMILY_INET6, "::1", 80, 0},
    {"unix=off", PROTOCOL_UNIX, FAMILY_UNIX, "/x", 0, 0},
    {"unix=off", PROTOCOL_UNIX, FAMILY_UNIX, NULL, 0, 0},
    {"unix=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 80, NONE},
    {"tcp=off", PROTOCOL_UNIX, FAMILY_UNIX, "/x", 0, NONE},
    /* Addresses of IPv4. */
    {"tcp@1.2.3.4=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 80, 0},
    {"tcp@1.2.3.4=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.5", 80, NONE},
    {"tcp@0.0.0.0=off", PROTOCOL_TCP, FAMILY_INET, "0.0.0.0", 80, 0},
    {"tcp@0.0.0.0=off", PROTOCOL_TCP, FAMILY_INET, "127.0.0.1", 80, NONE},
    {"tcp@0.0.0.0=off", PROTOCOL_TCP, FAMILY_INET6, "::", 80, NONE},
    {"tcp@1.2.3.4=off", PROTOCOL_TCP, FAMILY_INET6, "::ffff:1.2.3.4", 80, 0},
    {"tcp@1.2.3.4=off", PROTOCOL_TCP, FAMILY_INET6, "::ffff:1.2.3.5", 80, NONE},
    {"tcp@1.2.3.4=off", PROTOCOL_TCP, FAMILY_INET6, "::1.2.3.4", 80, NONE},
    {"tcp4@1.2.3.4=off", PROTOCOL_TCP, FAMILY_INET6, "::ffff:1.2.3.4", 80, NONE},
    {"tcp@127.0.0.0/8=off", PROTOCOL_TCP, FAMILY_INET, "127.255.0.1", 80, 0},
    {"tcp@127.0.0.0/8=off", PROTOCOL_TCP, FAMILY_INET, "128.0.0.1", 80, NONE},
    {"tcp@127.0.0.0/8=off", PROTOCOL_TCP, FAMILY_INET6, "::ffff:127.0.0.1", 80, 0},
    {"tcp@127.0.0.0/8=off", PROTOCOL_TCP, FAMILY_INET6, "7f00::1", 80, NONE},
    {"tcp@10.8.0.0/13=off", PROTOCOL_TCP, FAMILY_INET, "10.15.255.255", 80, 0},
    {"tcp@10.8.0.0/13=off", PROTOCOL_TCP, FAMILY_INET, "10.16.0.0", 80, NONE},
    {"tcp@10.8.0.0/13=off", PROTOCOL_TCP, FAMILY_INET, "10.7.255.255", 80, NONE},
    {"tcp@0.0.0.0/0=off", PROTOCOL_TCP, FAMILY_INET, "255.255.255.255", 80, 0},
    {"tcp@0.0.0.0/0=off", PROTOCOL_TCP, FAMILY_INET6, "::ffff:9.9.9.9", 80, 0},
    {"tcp@0.0.0.0/0=off", PROTOCOL_TCP, FAMILY_INET6, "::1", 80, NONE},
    {"any@1.2.3.4=off", PROTOCOL_UNIX, FAMILY_UNIX, "1.2.3.4", 0, NONE},
    /* Addresses of IPv6. */
    {"tcp@[::1]=off", PROTOCOL_TCP, FAMILY_INET6, "::1", 80, 0},
    {"tcp@[::1]=off", PROTOCOL_TCP, FAMILY_INET6, "::2", 80, NONE},
    {"tcp@[::1]=off", PROTOCOL_TCP, FAMILY_INET, "0.0.0.1", 80, NONE},
    {"tcp@[::]=off", PROTOCOL_TCP, FAMILY_INET6, "::", 80, 0},
    {"tcp@[::]=off", PROTOCOL_TCP, FAMILY_INET, "0.0.0.0", 80, NONE},
    {"tcp@[::/0]=off", PROTOCOL_TCP, FAMILY_INET6, "2001:db8::1", 80, 0},
    {"tcp@[::/0]=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 80, NONE},
    {"tcp@[::/80]=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 80, NONE},
    {"tcp@[::/80]=off", PROTOCOL_TCP, FAMILY_INET6, "::ffff:1.2.3.4", 80, 0},
    {"tcp@[fd00::/8]=off", PROTOCOL_TCP, FAMILY_INET6, "fdff::1", 80, 0},
    {"tcp@[fd00::/8]=off", PROTOCOL_TCP, FAMILY_INET6, "fc00::1", 80, NONE},
    {"tcp@[fc00::/7]=off", PROTOCOL_TCP, FAMILY_INET6, "fdff::1", 80, 0},
    {"tcp@[::1/127]=off", PROTOCOL_TCP, FAMILY_INET6, "::2", 80, NONE},
    {"tcp@[::ffff:1.2.3.4]=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 80, 0},
    {"tcp@[::ffff:1.2.3.4]=off", PROTOCOL_TCP, FAMILY_INET6, "::ffff:1.2.3.4", 80, 0},
    {"tcp@[::ffff:1.0.0.0/104]=off", PROTOCOL_TCP, FAMILY_INET, "1.9.9.9", 80, 0},
    {"tcp6@[::ffff:1.2.3.4]=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 80, NONE},
    {"tcp@[fe80::1]=off", PROTOCOL_TCP, FAMILY_INET6, "fe80::1", 80, 0},
    {"tcp@[fe80::1%3]=off", PROTOCOL_TCP, FAMILY_INET6, "fe80::1", 80, NONE},
    /* Ports. */
    {"tcp:80=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 80, 0},
    {"tcp:80=off", PROTOCOL_TCP, FAMILY_INET6, "::", 80, 0},
    {"tcp:80=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 0, NONE},
    {"tcp:80-90=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 79, NONE},
    {"tcp:80-90=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 85, 0},
    {"tcp:80-90=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 90, 0},
    {"tcp:80-90=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 91, NONE},
    {"tcp:1,443,8000-8999=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 443, 0},
    {"tcp:1,443,8000-8999=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 8888, 0},
    {"tcp:1,443,8000-8999=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 444, NONE},
    {"tcp:1-65535=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 65535, 0},
    {"tcp:1-65535=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 0, NONE},
    {"any:80=off", PROTOCOL_UNIX, FAMILY_UNIX, "/x", 80, NONE},
    {"tcp@1.2.3.4:80=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.4", 81, NONE},
    {"tcp@1.2.3.4:80=off", PROTOCOL_TCP, FAMILY_INET, "1.2.3.5", 80, NONE},
    {"tcp@*:80=off", PROTOCOL_TCP, FAMILY_INET6, "::1", 80, 0},
    /* UNIX names. */
    {"unix@/run/*.sock=off", PROTOCOL_UNIX, FAMILY_UNIX, "/run/a/b.sock", 0, 0},
    {"unix@/run/*.sock=off", PROTOCOL_UNIX, FAMILY_UNIX, "/run/a", 0, NONE},
    {"unix@/run/a=off", PROTOCOL_UNIX, FAMILY_UNIX, "/run/ab", 0, NONE},
    {"unix@*=off", PROTOCOL_UNIX, FAMILY_UNIX, "@name", 0, 0},
    {"unix@*=off", PROTOCOL_UNIX, FAMILY_UNIX, "", 0, 0},
    {"unix@*e=off", PROTOCOL_UNIX, FAMILY_UNIX, "@name", 0, NONE},
    {"unix@**=off", PROTOCOL_UNIX, FAMILY_UNIX, "", 0, NONE},
    {"unix@@name=off", PROTOCOL_UNIX, FAMILY_UNIX, "@name", 0, 0},
    {"unix@@na*=off", PROTOCOL_UNIX, FAMILY_UNIX, "@name", 0, 0},
    {"unix@@na*=off", PROTOCOL_UNIX, FAMILY_UNIX, "name", 0, NONE},
    {"unix@@*=off", PROTOCOL_UNIX, FAMILY_UNIX, "/x", 0, NONE},
    {"unix@/x=off", PROTOCOL_UNIX, FAMILY_UNIX, "@/x", 0, NONE},
    /* The address is not known yet. */
    {"tcp:80=off;tcp@1.2.3.4=off;log", PROTOCOL_TCP, FAMILY_INET, NULL, 0, 2},
    {"unix@/x=off", PROTOCOL_UNIX, FAMILY_UNIX, NULL, 0, NONE},
    {"tcp@*=off", PROTOCOL_TCP, FAMILY_INET, NULL, 0, 0},
};

static struct endpoint endpoint_of(enum family family, const char *address, uint16_t port)
{
    struct endpoint endpoint;
    size_t length = strlen(address);

    memset(&endpoint, 0, sizeof endpoint);
    endpoint.family = family;
    endpoint.port = port;
    if (family == FAMILY_UNIX) {
        endpoint.path_length = (uint8_t)length;
        memcpy(endpoint.path, address, length);
        if (address[0] == '@')
            endpoint.path[0] = '\0';
    } else {
        assert_int_equal(inet_pton(family == FAMILY_INET ? AF_INET : AF_INET6, address,
                                   endpoint.address), 1);
    }
    return endpoint;
}

static void decides_each_row(void **state)
{
    static struct policy policy;
    struct reader_error error;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_subject subject = {rows[i].protocol, rows[i].family, NULL, NULL};
        const struct policy_rule *rule;
        struct endpoint local;
        int seen = NONE;

        if (!policy_parse(rows[i].policy, strlen(rows[i].policy), &policy, &error))
            fail_msg("\"%s\": refused at %zu", rows[i].policy, error.column);
        if (rows[i].address != NULL) {
            local = endpoint_of(rows[i].family, rows[i].address, rows[i].port);
            subject.local = &local;
        }
        rule = policy_match(&policy, &subject);
        if (rule >= policy.rules && rule < policy.rules + policy.count)
            seen = (int)(rule - policy.rules);
        if (seen != rows[i].rule)
            fail_msg("\"%s\" for %s port %d: expected rule %d, seen %d", rows[i].policy,
                     rows[i].address ? rows[i].address : "(unknown)", rows[i].port, rows[i].rule,
                     seen);
        if (seen == NONE)
            assert_int_equal(rule->actions, 1u << ACTION_EXPLAIN);
    }
}

static void a_scope_must_be_the_same(void **state)
{
    static const char text[] = "tcp@[fe80::1%3]=off";
    static struct policy policy;
    struct reader_error error;
    struct endpoint local = endpoint_of(FAMILY_INET6, "fe80::1", 80);
    struct policy_subject subject = {PROTOCOL_TCP, FAMILY_INET6, &local, NULL};

    (void)state;
    assert_true(policy_parse(text, sizeof text - 1, &policy, &error));
    local.scope = 3;
    assert_ptr_equal(policy_match(&policy, &subject), &policy.rules[0]);
    local.scope = 2;
    assert_ptr_not_equal(policy_match(&policy, &subject), &policy.rules[0]);
}

/* A relative name is one file with the whole path that a rule has, seen from the program's folder.
 */
static void a_relative_path_is_the_same_file(void **state)
{
    static const char text[] = "unix@/run/app/*.sock=unlink";
    static struct policy policy;
    struct reader_error error;
    struct endpoint local = {.family = FAMILY_UNIX};
    struct policy_subject subject = {PROTOCOL_UNIX, FAMILY_UNIX, &local, "/run/app"};
    static const struct {
        const char *name, *folder;
        bool matches;
    } names[] = {
        {"x.sock", "/run/app", true},   {"./x.sock", "/run/app", true},
        {"app/x.sock", "/run", true},   {"run/app/x.sock", "/", true},
        {"x.sock", "/run", false},      {"x.sock", NULL, false},
        {"/x.sock", "/run/app", false}, {"x.sock", "/srv/run/app", false},
    };
    size_t i;

    (void)state;
    assert_true(policy_parse(text, sizeof text - 1, &policy, &error));
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        local.path_length = (uint8_t)strlen(names[i].name);
        memcpy(local.path, names[i].name, local.path_length);
        subject.folder = names[i].folder;
        assert_int_equal(policy_match(&policy, &subject) == &policy.rules[0], names[i].matches);
    }
}

static void an_empty_policy_explains(void **state)
{
    static const struct policy policy;
    const struct policy_subject subject = {PROTOCOL_TCP, FAMILY_INET, NULL, NULL};

    (void)state;
    assert_int_equal(policy_match(&policy, &subject)->actions, 1u << ACTION_EXPLAIN);
}

static void only_udp_selectors_name_udp(void **state)
{
    static const char text[] = "udp=log;udp4=log;udp6=log;tcp=log;unix=log;log";
    static struct policy policy;
    struct reader_error error;
    size_t i;

    (void)state;
    assert_true(policy_parse(text, sizeof text - 1, &policy, &error));
    for (i = 0; i < policy.count; i++)
        assert_int_equal(policy_rule_names_udp(&policy.rules[i]), i < 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decides_each_row),
        cmocka_unit_test(a_scope_must_be_the_same),
        cmocka_unit_test(a_relative_path_is_the_same_file),
        cmocka_unit_test(an_empty_policy_explains),
        cmocka_unit_test(only_udp_selectors_name_udp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

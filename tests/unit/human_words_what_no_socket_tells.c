/* Claim: each reason that no socket of a list gives is told in words of its own, and each limit of
 * the look a sentence; none claims more than is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stories.h"

static void unseen(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.retry = ANSWER_NO;
    sample.evidence.visibility = VISIBILITY_NO_NETLINK;
    sample.evidence.kernel_asked = true;
    sample.evidence.bound_seen = true;
    expect(&sample, REASON_ANSWERED_ELSEWHERE, "server[4711] cannot bind 80: not held here");
    expect_line("rule", "Every socket of this network namespace was listed, and bind still "
                        "refuses: what lies around this system answers it. In WSL look in "
                        "Windows (netstat -ano), in a sandbox at its rules.");
    sample.evidence.bound_seen = false;
    expect(&sample, REASON_UNSEEN, "server[4711] cannot bind 80: an unseen socket has it");
    assert_non_null(strstr(buffer, "\n  unseen   The kernel's list of sockets"));
}

static void ports_exhausted(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "127.0.0.1", 0);
    sample.evidence.range = (struct range){32768, 60999, 232, 28000, false, false};
    expect(&sample, REASON_PORTS_EXHAUSTED, "server gets no port: none of 28232 is free");
    expect_line("rule", "Port 0 asks for any port from 32768 to 60999 "
                        "(net.ipv4.ip_local_port_range): on 127.0.0.1, 28000 of 28232 are taken. 232 are kept out by "
                        "net.ipv4.ip_local_reserved_ports.");
    sample.evidence.range = (struct range){40000, 40001, 0, 2, true, false};
    expect(&sample, REASON_PORTS_EXHAUSTED, "server gets no port: none of 2 is free");
    expect_line("rule", "Port 0 asks for any port from 40000 to 40001 "
                        "(net.ipv4.ip_local_port_range, IP_LOCAL_PORT_RANGE of the socket): on "
                        "127.0.0.1, 2 of 2 are taken.");
}

/* Where just one is free, it was not tried. */
static void ports_of_an_odd_number(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "127.0.0.1", 0);
    sample.evidence.range = (struct range){40000, 40004, 1, 3, false, false};
    sample_judge(&sample);
    assert_non_null(strstr(print(&sample), ". Of an odd number of ports the kernel leaves out the "
                                           "first or the last in each search.\n"));
    sample.evidence.range.taken = 4;
    assert_null(strstr(print(&sample), "odd"));
    sample.evidence.range.taken = 3;
    sample.evidence.attempt.socket.protocol = PROTOCOL_UDP; /* which tries all */
    assert_null(strstr(print(&sample), "odd"));
    sample.evidence.attempt.socket.protocol = PROTOCOL_TCP;
    sample.evidence.range.last = 40005;
    assert_null(strstr(print(&sample), "odd"));
}

/* Families whose rule is known, and whose lists may not be. */
static void other_families(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "127.0.0.1", 0);
    sample.evidence.attempt.socket.protocol = PROTOCOL_VSOCK;
    sample.evidence.attempt.socket.local = endpoint_numbered(FAMILY_VSOCK, UINT32_MAX, 5000);
    expect(&sample, REASON_VSOCK_HELD,
           "server cannot bind vsock:*:5000: another socket has it");
    expect_line("rule", "A vsock port is one socket's alone, in all network namespaces and "
                        "whatever the options; it is free when that socket is closed.");
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.attempt.socket.protocol = PROTOCOL_SCTP;
    expect(&sample, REASON_SCTP_HELD, "server[4711] cannot bind SCTP 80: another socket has it");
    expect_line("rule", "SCTP sockets share an address if both have SO_REUSEADDR and none "
                        "listens, or both SO_REUSEPORT; nothing stays in TIME_WAIT.");
}

static const char path_rule[] =
    "A UNIX socket's file must not exist yet; SO_REUSEADDR is no help.";

static void unix_stale(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "/run/x.sock", 0);
    sample.evidence.path = PATH_STALE;
    expect(&sample, REASON_UNIX_STALE,
           "server cannot bind /run/x.sock: the file is left over");
    expect_line("rule", path_rule);
    expect_no_line("this");
    print_as(&sample, &verbose);
    expect_line("frees", "never by itself: the name must be removed");
}

/* The end of a long path tells more than its beginning. */
static void unix_stale_of_a_long_path(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "/srv/projects/shop/services/frontend/run/application.sock", 0);
    sample.evidence.path = PATH_STALE;
    expect(&sample, REASON_UNIX_STALE,
           "server cannot bind .../run/application.sock: stale file");
}

static void unix_live(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "/run/x.sock", 0);
    sample.evidence.path = PATH_LIVE;
    expect(&sample, REASON_UNIX_LIVE,
           "server cannot bind /run/x.sock: another socket has it");
    expect_line("rule", path_rule);
    sample_owner(sample_add(&sample, sample_holder("/run/x.sock", 0, STATE_LISTEN)),
                 RELATION_CHILD, "app", 77, 3);
    expect(&sample, REASON_UNIX_LIVE,
           "server cannot bind /run/x.sock: app[77] listens on it");
    expect_line("holder", "app[77], a child of this process");
}

static void unix_not_a_socket(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "/etc/passwd", 0);
    sample.evidence.path = PATH_FILE;
    expect(&sample, REASON_UNIX_NOT_A_SOCKET,
           "server cannot bind /etc/passwd: it is a file");
    expect_line("rule", path_rule);
}

static void unix_abstract(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "@bus", 0);
    sample_owner(sample_add(&sample, sample_holder("@bus", 0, STATE_LISTEN)), RELATION_OTHER,
                 "dbus", 5, 4);
    expect(&sample, REASON_UNIX_ABSTRACT, "server[4711] cannot bind @bus: dbus[5] is bound to it");
    expect_line("rule", "An abstract name is free when its last descriptor is closed.");
}

static void gone(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.retry = ANSWER_YES;
    expect(&sample, REASON_GONE, "server[4711] could not bind 80: it is free again");
    expect_line("rule", "What had it went away between the failed call and this look.");
}

static void unknown(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.bound_seen = false;
    expect(&sample, REASON_UNKNOWN, "server[4711] cannot bind 80: why is not known");
    expect_line("rule", "What can be seen does not explain the refusal.");
    assert_non_null(strstr(buffer, "\n  unseen   TCP sockets that are bound and do not listen"));
}

/* Each limit of the look has a sentence; none claims more than is known. */
static void limits(void **state)
{
    struct sample sample;
    unsigned int limit;

    (void)state;
    for (limit = VISIBILITY_FULL + 1; limit < VISIBILITY_COUNT; limit++) {
        sample_init(&sample, "0.0.0.0", 80);
        sample.evidence.limits = 1u << limit;
        sample_judge(&sample);
        assert_non_null(strstr(print(&sample), "\n  unseen   "));
    }
    sample.evidence.limits = 1u << VISIBILITY_UNPRIVILEGED;
    print(&sample);
    expect_line("unseen", "Processes of other users. Root sees them (CAP_SYS_PTRACE).");
    sample.evidence.limits = 1u << VISIBILITY_OTHER_NETWORK_NAMESPACE;
    print(&sample);
    expect_line("unseen", "The socket of this file is in another network namespace, perhaps a "
                          "container's.");
}

/* Whatever the evidence, a reason without the holder that it speaks of is no crash. */
static void no_reason_needs_a_holder(void **state)
{
    struct sample sample;
    unsigned int reason;

    (void)state;
    for (reason = 0; reason < REASON_COUNT; reason++) {
        sample_init(&sample, "0.0.0.0", 80);
        sample.verdict.reason = (enum reason)reason;
        print_as(&sample, &verbose);
        assert_non_null(strstr(buffer, reason_id((enum reason)reason)));
        assert_int_equal(strncmp(buffer, "reuseshim: server", 17), 0);
        assert_null(strstr(buffer, "(null)"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unseen),
        cmocka_unit_test(ports_exhausted),
        cmocka_unit_test(ports_of_an_odd_number),
        cmocka_unit_test(other_families),
        cmocka_unit_test(unix_stale),
        cmocka_unit_test(unix_stale_of_a_long_path),
        cmocka_unit_test(unix_live),
        cmocka_unit_test(unix_not_a_socket),
        cmocka_unit_test(unix_abstract),
        cmocka_unit_test(gone),
        cmocka_unit_test(unknown),
        cmocka_unit_test(limits),
        cmocka_unit_test(no_reason_needs_a_holder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Claim: each reason that no socket of a list gives has a wording of its own, and each limit of the
 * look a sentence; none claims more than is known. */
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
    expect(&sample, REASON_UNSEEN,
           "The kernel still refuses it, so something holds 80; what it is cannot be seen from "
           "here.");
    assert_non_null(strstr(buffer, "\n  unseen The kernel's list of sockets"));
}

static void ports_exhausted(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "127.0.0.1", 0);
    sample.evidence.range = (struct range){32768, 60999, 232, 28000, false, false};
    expect(&sample, REASON_PORTS_EXHAUSTED,
           "Port 0 asks the kernel for any free port from 32768 to 60999 "
           "(net.ipv4.ip_local_port_range), and none is left for 127.0.0.1: of 28232 ports 28000 "
           "are taken and 232 kept out (net.ipv4.ip_local_reserved_ports).");
    sample.evidence.range = (struct range){40000, 40001, 0, 2, true, false};
    expect(&sample, REASON_PORTS_EXHAUSTED,
           "Port 0 asks the kernel for any free port from 40000 to 40001 "
           "(net.ipv4.ip_local_port_range, and IP_LOCAL_PORT_RANGE of the socket as far as it lies "
           "in that), and none is left for 127.0.0.1: of 2 ports 2 are taken.");
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

static void unix_stale(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "/run/x.sock", 0);
    sample.evidence.path = PATH_STALE;
    expect(&sample, REASON_UNIX_STALE,
           "The socket file /run/x.sock is left over: nobody is bound to it. bind() creates the "
           "file and takes no name that exists already; SO_REUSEADDR means nothing to UNIX "
           "sockets.");
    assert_non_null(strstr(buffer, "\n  frees  never by itself: the name must be removed\n"));
    assert_null(strstr(buffer, "\n  this"));
}

static void unix_live(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "/run/x.sock", 0);
    sample.evidence.path = PATH_LIVE;
    expect(&sample, REASON_UNIX_LIVE,
           "A socket is bound to /run/x.sock; whose it is cannot be seen from here. bind() creates "
           "the file and takes no name that exists already; SO_REUSEADDR means nothing to UNIX "
           "sockets.");
    sample_owner(sample_add(&sample, sample_holder("/run/x.sock", 0, STATE_LISTEN)),
                 RELATION_CHILD, "app", 77, 3);
    expect(&sample, REASON_UNIX_LIVE,
           "app[77], a child of this process, listens on /run/x.sock (fd 3). bind() creates the "
           "file and takes no name that exists already; SO_REUSEADDR means nothing to UNIX "
           "sockets.");
}

static void unix_not_a_socket(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "/etc/passwd", 0);
    sample.evidence.path = PATH_OTHER;
    expect(&sample, REASON_UNIX_NOT_A_SOCKET,
           "/etc/passwd exists and is no socket: it is a file, a folder, a link or the like. "
           "bind() "
           "creates the file and takes no name that exists already; SO_REUSEADDR means nothing to "
           "UNIX sockets.");
}

static void unix_abstract(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "@bus", 0);
    sample_owner(sample_add(&sample, sample_holder("@bus", 0, STATE_LISTEN)), RELATION_OTHER,
                 "dbus", 5, 4);
    expect(&sample, REASON_UNIX_ABSTRACT,
           "dbus[5] listens on @bus (fd 4). An abstract name is free again when the last "
           "descriptor "
           "of its socket is closed; SO_REUSEADDR means nothing to UNIX sockets.");
}

static void gone(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.retry = ANSWER_YES;
    expect(&sample, REASON_GONE,
           "Nothing holds 80 any more: what held it went away between the failed call and this "
           "look.");
    assert_non_null(strstr(buffer, "\n  frees  it is free now\n"));
}

static void unknown(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.bound_seen = false;
    expect(&sample, REASON_UNKNOWN,
           "Not known: what could be seen does not explain the refusal.");
    assert_non_null(strstr(buffer, "\n  unseen TCP sockets that are bound and do not listen"));
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
        assert_non_null(strstr(print(&sample), "\n  unseen "));
    }
    sample.evidence.limits = 1u << VISIBILITY_UNPRIVILEGED;
    assert_non_null(strstr(print(&sample), "may not look into (another user's, or guarded by "
                                           "the kernel), and so owners and options. That takes "
                                           "CAP_SYS_PTRACE, which root has outside of "));
    sample.evidence.limits = 1u << VISIBILITY_OTHER_NETWORK_NAMESPACE;
    assert_non_null(strstr(print(&sample), "none of this network namespace has it"));
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
        print(&sample);
        assert_non_null(strstr(buffer, reason_id((enum reason)reason)));
        assert_non_null(strstr(buffer, "\n  why    "));
        assert_null(strstr(buffer, "(null)"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unseen),
        cmocka_unit_test(ports_exhausted),
        cmocka_unit_test(ports_of_an_odd_number),
        cmocka_unit_test(unix_stale),
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

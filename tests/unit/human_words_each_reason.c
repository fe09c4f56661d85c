/* Claim: each reason has a wording of its own, drawn from evidence that leads to this very reason,
 * and says what an administrator must know: who, where, and the rule that refuses it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "records.h"

static char buffer[16384];

/* Prints the story; line ends within a fact become blanks, so that a sentence can be looked for. */
static const char *print(const struct sample *sample)
{
    struct text text = text_in(buffer, sizeof buffer);
    char *at;

    human_print(&text, &sample->record, false);
    assert_false(text.cut);
    while ((at = strstr(buffer, "\n         ")) != NULL)
        memmove(at, at + 9, strlen(at + 9) + 1);
    return buffer;
}

static void expect(struct sample *sample, enum reason reason, const char *why)
{
    char line[1024] = "\n  why    ";

    sample_judge(sample);
    assert_string_equal(reason_id(sample->verdict.reason), reason_id(reason));
    strcat(strcat(line, why), "\n");
    if (strstr(print(sample), line) == NULL)
        fail_msg("expected: %s\nseen: %s", line, buffer);
}

static struct holder *add_listener(struct sample *sample, enum socket_state state)
{
    struct holder *holder = sample_add(sample, sample_holder("0.0.0.0", 80, state));

    sample_owner(holder, RELATION_OTHER, "nginx", 812, 6);
    return holder;
}

static void listening(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    holder = add_listener(&sample, STATE_LISTEN);
    holder->owner.started_us = SECONDS_AGO(3 * 3600);
    holder->unit = "nginx.service";
    holder->owner.uid = 0;
    expect(&sample, REASON_LISTENING,
           "nginx[812] listens on 0.0.0.0:80 (fd 6, started 3 h ago, uid 0, unit nginx.service). "
           "SO_REUSEADDR never helps against a listener.");
    assert_non_null(strstr(buffer, "\n  held   nginx[812] fd 6, LISTEN 0.0.0.0:80\n"));
    assert_non_null(strstr(buffer, "\n  frees  never by itself: nginx[812] must close it\n"));
}

static void listening_with_remarks(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "127.0.0.1", 80);
    holder = add_listener(&sample, STATE_LISTEN);
    holder->owner.relation = RELATION_SAME_PROGRAM;
    holder->owner.stopped = true;
    holder->owner.exe_deleted = true;
    holder->owner.others = 300;
    holder->owner.others_complete = false;
    holder->cgroup = "/system.slice/docker-0123456789abcdef0123456789abcdef.scope";
    holder->unit = "docker-0123456789abcdef0123456789abcdef.scope";
    expect(&sample, REASON_LISTENING,
           "nginx[812], another process of this program, listens on 0.0.0.0:80 (fd 6, in container "
           "0123456789ab). It is stopped (Ctrl-Z or SIGSTOP), and a stopped process keeps its "
           "sockets. Its program file has been replaced or removed since it started. At least 300 "
           "more processes have the same socket open. 0.0.0.0 means every address of this machine, "
           "127.0.0.1 too. SO_REUSEADDR never helps against a listener.");
    assert_non_null(strstr(buffer, "\n  frees  never by itself: every process that has it must close "
                                   "it, that is nginx[812] and at least 300 more\n"));
    assert_non_null(strstr(buffer, "\n  help   end every process that has it: pid 812 and at least "
                                   "300 more."));
}

/* A socket ends with its last descriptor. */
static void all_that_have_it_must_close_it(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    holder = add_listener(&sample, STATE_LISTEN);
    holder->owner.others = 4;
    sample_judge(&sample);
    assert_non_null(strstr(print(&sample), ": every process that has it must close it, that is "
                                           "nginx[812] and 4 more\n"));
    holder->owner.others = 0;
    holder->owner.others_complete = false;
    assert_non_null(strstr(print(&sample), ": nginx[812] must close it, and so must any other that "
                                           "has it\n"));
    holder->owner.relation = RELATION_SELF;
    holder->owner.others = 1;
    holder->owner.others_complete = true;
    sample_judge(&sample);
    assert_non_null(strstr(print(&sample), ", that is this process and 1 more\n"));
    assert_non_null(strstr(buffer, "close fd 6 first, in each process that has it, or bind"));
}

static void listening_dual_stack(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    holder = sample_add(&sample, sample_holder("::", 80, STATE_LISTEN));
    holder->socket.options.v6only = ANSWER_NO;
    expect(&sample, REASON_LISTENING,
           "Somebody unseen listens on [::]:80. An IPv6 socket on :: takes "
           "the IPv4 addresses as well, unless it has IPV6_V6ONLY. SO_REUSEADDR never helps "
           "against "
           "a listener.");
}

static void bound_twice(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    holder = sample_add(&sample, sample_holder("0.0.0.0", 80, STATE_BOUND));
    sample_owner(holder, RELATION_SELF, "server", 4711, 4);
    holder->memory.bound_at_us = SECONDS_AGO(20);
    holder->memory.stack = sample_stack;
    holder->socket.options.reuseaddr = ANSWER_NO;
    sample.evidence.attempt.stack = sample_stack;
    expect(&sample, REASON_BOUND_TWICE,
           "This program holds it itself: fd 4 was bound to 0.0.0.0:80 20 s ago. Neither side has "
           "SO_REUSEADDR, and Linux lets an address be shared only if both sides have it.");
    assert_non_null(strstr(buffer, "\n  this   SO_REUSEADDR 0                       "
                                   "open_listener"));
    assert_non_null(strstr(buffer, "\n  held   this process fd 4, BOUND 0.0.0.0:80, SO_REUSEADDR 0 "
                                   "open_listener+0x42 (server+0x1a42)"));
    assert_non_null(strstr(buffer, "never by itself: this program must close it"));
}

static void bound_twice_by_the_parent(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    holder = add_listener(&sample, STATE_LISTEN);
    holder->owner.relation = RELATION_PARENT;
    holder->owner.by_fork = true;
    holder->memory.bound_at_us = SECONDS_AGO(90);
    expect(&sample, REASON_BOUND_TWICE,
           "nginx[812], the parent of this process, listens on 0.0.0.0:80 (fd 6, bound 90 s ago). "
           "SO_REUSEADDR never helps against a listener.");
}

static void bound_idle(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    add_listener(&sample, STATE_BOUND)->socket.options.reuseaddr = ANSWER_YES;
    expect(&sample, REASON_BOUND_IDLE,
           "nginx[812] has a socket bound to 0.0.0.0:80 (fd 6). It does not listen: it has not "
           "called listen() yet, or it was shut down and never closed. That socket has "
           "SO_REUSEADDR, but this socket does not, and Linux lets an address be shared only if "
           "both "
           "sides have it.");
}

static struct holder *add_connection(struct sample *sample, enum socket_state state)
{
    struct holder *holder = sample_add(sample, sample_holder("10.0.0.1", 80, state));

    holder->remote = sample_endpoint("10.0.0.9", 51234);
    holder->socket.connected = true;
    holder->socket.options.reuseaddr = ANSWER_NO;
    sample_owner(holder, RELATION_OTHER, "worker", 99, 7);
    return holder;
}

static void time_wait(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    holder = add_connection(&sample, STATE_TIME_WAIT);
    holder->owner = (struct owner){.relation = RELATION_NONE, .uid = UID_UNKNOWN, .fd = -1};
    holder->socket.minisocket = true;
    holder->timer_ms = 900;
    expect(&sample, REASON_TIME_WAIT,
           "1 closed connection still holds 80 (TIME_WAIT). Neither side has SO_REUSEADDR, and "
           "Linux lets a port be taken over only if both sides have it.");
    assert_non_null(strstr(buffer, "\n  held   TIME_WAIT 10.0.0.1:80 to 10.0.0.9:51234, "
                                   "SO_REUSEADDR 0\n  frees  in 900 ms\n"));
}

/* That the call was refused tells that one of them lacks the option, and no more. */
static void time_wait_of_which_one_lacks_the_option(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.attempt.socket.options.reuseaddr = ANSWER_YES;
    holder = add_connection(&sample, STATE_TIME_WAIT);
    holder->owner = (struct owner){.relation = RELATION_NONE, .uid = UID_UNKNOWN, .fd = -1};
    holder->socket.minisocket = true;
    holder->socket.options.reuseaddr = ANSWER_UNKNOWN;
    holder->count = 3;
    expect(&sample, REASON_TIME_WAIT,
           "3 closed connections still hold 80 (TIME_WAIT). At least one of them was made without "
           "SO_REUSEADDR, and Linux lets a port be taken over only if both sides have it.");
    assert_non_null(strstr(buffer, "\n  held   3 x TIME_WAIT 10.0.0.1:80\n"));
    /* What is remembered of their listener is true of each. */
    holder->some_lack.reuseaddr = false;
    assert_non_null(strstr(print(&sample), " They were made without SO_REUSEADDR, and "));
    assert_non_null(strstr(buffer, "\n  held   3 x TIME_WAIT 10.0.0.1:80, SO_REUSEADDR 0\n"));
    /* By the probe: this side lacks it too. */
    sample.evidence.attempt.socket.options.reuseaddr = ANSWER_NO;
    sample.evidence.probe = ANSWER_NO;
    holder->socket.options.reuseaddr = ANSWER_UNKNOWN;
    expect(&sample, REASON_TIME_WAIT,
           "3 closed connections still hold 80 (TIME_WAIT). This socket has no SO_REUSEADDR, and at "
           "least one of them was made without it, and Linux lets a port be taken over only if both "
           "sides have it.");
}

static void closing(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    holder = add_connection(&sample, STATE_FIN_WAIT2);
    holder->count = 3;
    holder->owner = (struct owner){.relation = RELATION_NONE, .uid = UID_UNKNOWN, .fd = -1};
    holder->socket.options.reuseaddr = ANSWER_UNKNOWN;
    expect(&sample, REASON_CLOSING,
           "3 connections that are being closed still hold 80 (FIN_WAIT2). This side has closed, "
           "the other end has not. Linux lets it be shared or taken over only if both sides have "
           "SO_REUSEADDR: this socket does not have it; whether they have it cannot be seen.");
}

static void connections(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.attempt.socket.options.reuseaddr = ANSWER_YES;
    add_connection(&sample, STATE_ESTABLISHED)->outgoing = ANSWER_NO;
    expect(&sample, REASON_CONNECTIONS,
           "1 connection (ESTABLISHED) on 80 is still open in worker[99] (fd 7). A connection "
           "keeps "
           "its listener's port, also when the listener is gone. That socket has no SO_REUSEADDR, "
           "and Linux lets a port be taken over only if both sides have it.");
    assert_non_null(strstr(buffer, "unknown: when worker[99] ends the connection\n"));
}

static void outgoing(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 40000);
    holder = sample_add(&sample, sample_holder("10.0.0.1", 40000, STATE_ESTABLISHED));
    sample_owner(holder, RELATION_OTHER, "curl", 99, 3);
    holder->remote = sample_endpoint("1.2.3.4", 443);
    holder->socket.connected = true;
    holder->outgoing = ANSWER_YES;
    holder->socket.options.reuseaddr = ANSWER_NO;
    sample.evidence.range = (struct range){.first = 32768, .last = 60999};
    expect(&sample, REASON_OUTGOING,
           "An outgoing connection of curl[99] (fd 3) to 1.2.3.4:443 happens to use 40000 as its "
           "local port. The kernel gives outgoing connections ports from 32768 to 60999. Neither "
           "side has SO_REUSEADDR, and Linux lets a port be taken over only if both sides have "
           "it.");
    sample.evidence.range.last = 39999; /* not by chance, then */
    assert_non_null(strstr(print(&sample), " to 1.2.3.4:443 uses 40000 as its local port. Neither "));
    sample.evidence.range.last = 60999;
    holder->memory.bound_at_us = SECONDS_AGO(5);
    assert_non_null(strstr(print(&sample), " uses 40000 as its local port, which it has bound itself. "
                                           "Neither "));
}

static void outgoing_over_ipv6(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 40000);
    holder = sample_add(&sample, sample_holder("fd00::1", 40000, STATE_ESTABLISHED));
    sample_owner(holder, RELATION_OTHER, "curl", 99, 3);
    holder->remote = sample_endpoint("fd00::2", 443);
    holder->socket.connected = true;
    holder->socket.options = (struct options){ANSWER_NO, ANSWER_NO, ANSWER_NO};
    holder->outgoing = ANSWER_YES;
    expect(&sample, REASON_OUTGOING,
           "An outgoing connection of curl[99] (fd 3) to [fd00::2]:443 uses 40000 as its local port. "
           "Linux counts it against 0.0.0.0 although it is one over IPv6, because its "
           "socket is without IPV6_V6ONLY. Neither side has SO_REUSEADDR, and Linux lets a port be "
           "taken over only if both sides have it.");
}

static void reuseport_owner(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.attempt.socket.options.reuseport = ANSWER_YES;
    holder = add_listener(&sample, STATE_LISTEN);
    holder->socket.options.reuseport = ANSWER_YES;
    holder->socket.uid = 33;
    expect(&sample, REASON_REUSEPORT_OWNER,
           "nginx[812] listens on 0.0.0.0:80 (fd 6). Both sockets have SO_REUSEPORT, but the "
           "kernel "
           "shares a port by it only among sockets of one user: that one belongs to uid 33, this "
           "one to uid 1000.");
}

static void reuseport_one_sided(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.attempt.socket.options.reuseport = ANSWER_YES;
    add_listener(&sample, STATE_LISTEN)->socket.options.reuseport = ANSWER_NO;
    expect(&sample, REASON_REUSEPORT_ONE_SIDED,
           "nginx[812] listens on 0.0.0.0:80 (fd 6). This socket has SO_REUSEPORT and that one has "
           "not: a port is shared only if every socket on it has the option.");
    assert_non_null(strstr(buffer, "LISTEN 0.0.0.0:80, SO_REUSEPORT 0\n"));
}

static void datagram_held(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 53);
    sample.evidence.attempt.socket.protocol = PROTOCOL_UDP;
    holder = sample_add(&sample, sample_holder("0.0.0.0", 53, STATE_BOUND));
    holder->socket.protocol = PROTOCOL_UDP;
    holder->socket.options.reuseaddr = ANSWER_NO;
    sample_owner(holder, RELATION_OTHER, "named", 53, 20);
    expect(&sample, REASON_DATAGRAM_HELD,
           "named[53] has a UDP socket on 0.0.0.0:53 (fd 20). Neither side has SO_REUSEADDR, and "
           "Linux lets an address be shared only if both sides have it.");
}

static void kernel(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 2049);
    holder = sample_add(&sample, sample_holder("0.0.0.0", 2049, STATE_BOUND));
    holder->owner.relation = RELATION_KERNEL;
    expect(&sample, REASON_KERNEL,
           "A socket of the kernel's own has 0.0.0.0:2049, as NFS, tunnels and the like make them. "
           "No process has it, so none can close it: the service behind it must be stopped.");
}

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

static void lost_listen(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.attempt.call = CALL_LISTEN;
    sample.evidence.attempt.bound = true;
    sample.evidence.attempt.socket.options.reuseaddr = ANSWER_YES;
    sample.record.event = EVENT_LISTEN_FAILED;
    sample.record.call = CALL_LISTEN;
    add_listener(&sample, STATE_LISTEN);
    expect(&sample, REASON_LOST_LISTEN,
           "bind() worked, listen() did not: another socket listened first. nginx[812] listens on "
           "0.0.0.0:80 (fd 6). Of sockets that share an address by SO_REUSEADDR only one can "
           "listen.");
    assert_int_equal(strncmp(buffer, "reuseshim: listen(0.0.0.0:80) failed: ", 38), 0);
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
           "(net.ipv4.ip_local_port_range, and IP_LOCAL_PORT_RANGE of the socket as far as it lies in "
           "that), and none is left for 127.0.0.1: of 2 ports 2 are taken.");
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
    assert_non_null(strstr(print(&sample), "may not look into (another user's, or guarded by the "
                                           "kernel), and so owners and options."));
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
        cmocka_unit_test(listening),
        cmocka_unit_test(listening_with_remarks),
        cmocka_unit_test(all_that_have_it_must_close_it),
        cmocka_unit_test(listening_dual_stack),
        cmocka_unit_test(bound_twice),
        cmocka_unit_test(bound_twice_by_the_parent),
        cmocka_unit_test(bound_idle),
        cmocka_unit_test(time_wait),
        cmocka_unit_test(time_wait_of_which_one_lacks_the_option),
        cmocka_unit_test(closing),
        cmocka_unit_test(connections),
        cmocka_unit_test(outgoing),
        cmocka_unit_test(outgoing_over_ipv6),
        cmocka_unit_test(reuseport_owner),
        cmocka_unit_test(reuseport_one_sided),
        cmocka_unit_test(datagram_held),
        cmocka_unit_test(kernel),
        cmocka_unit_test(unseen),
        cmocka_unit_test(lost_listen),
        cmocka_unit_test(ports_exhausted),
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

/* Claim: each reason that a live socket gives has a wording of its own
 * that says what an administrator must know: who, where, and the rule that refuses it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stories.h"

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
    memcpy(holder->owner.other_pids, (int32_t[]){813, 814, 815, 816}, 4 * sizeof(int32_t));
    holder->owner.others_complete = false;
    holder->cgroup = "/system.slice/docker-0123456789abcdef0123456789abcdef.scope";
    holder->unit = "docker-0123456789abcdef0123456789abcdef.scope";
    expect(&sample, REASON_LISTENING,
           "nginx[812], another process of this program, listens on 0.0.0.0:80 (fd 6, in container "
           "0123456789ab). It is stopped (Ctrl-Z or SIGSTOP), and a stopped process keeps its "
           "sockets. Its program file has been replaced or removed since it started. At least 300 "
           "more processes have the same socket open. 0.0.0.0 means every address of this machine, "
           "127.0.0.1 too. SO_REUSEADDR never helps against a listener.");
    assert_non_null(strstr(buffer, "\n  frees  never by itself: every process that has it must "
                                   "close it, that is nginx[812] and at least 300 more\n"));
    assert_non_null(strstr(buffer, "\n  help   end every process that has it: pid 812, 813, 814, "
                                   "815, 816 and whoever else has it."));
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

/* A group of SO_REUSEPORT: what one of them closes frees nothing. */
static void all_of_a_group_must_close_it(void **state)
{
    struct sample sample;
    struct holder *one, *other;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    one = add_listener(&sample, STATE_LISTEN);
    other = add_listener(&sample, STATE_LISTEN);
    sample_judge(&sample);
    assert_int_equal(one->owner.pid, other->owner.pid);
    assert_non_null(strstr(print(&sample), "\n  frees  never by itself: nginx[812] must close"));
    other->owner.pid++;
    sample_judge(&sample);
    assert_non_null(strstr(print(&sample), "\n  frees  never by itself: every socket above must be "
                                           "closed\n"));
    other->owner.relation = RELATION_NONE;
    other->owner.pid = 0;
    other->socket.state = STATE_FIN_WAIT1;
    sample_judge(&sample);
    assert_non_null(strstr(print(&sample), "\n  frees  never by itself: nginx[812] must close"));
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
    holder->memory.pid = 4711;
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

/* For 'reuseshim why' there is no socket of this side. */
static void a_bind_that_is_only_thought_of(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.attempt.fd = -1;
    holder = add_listener(&sample, STATE_BOUND);
    holder->socket.options.reuseaddr = ANSWER_YES;
    sample_judge(&sample);
    assert_non_null(strstr(print(&sample), " That socket has SO_REUSEADDR, but a new socket does "
                                           "not by itself, and Linux lets an address be shared"));
    holder->socket.options.reuseaddr = ANSWER_NO;
    sample_judge(&sample);
    assert_non_null(strstr(print(&sample), " That socket has no SO_REUSEADDR, and Linux lets "));
    holder->count = 2;
    holder->some_lack.reuseaddr = true;
    assert_non_null(strstr(print(&sample), " At least one of them has no SO_REUSEADDR, and "));
    holder->count = 1;
    holder->some_lack.reuseaddr = false;
    holder->socket.options.reuseaddr = ANSWER_UNKNOWN;
    holder->socket.options.reuseport = ANSWER_UNKNOWN;
    sample_judge(&sample);
    assert_non_null(strstr(print(&sample), " only if both sides have SO_REUSEADDR: whether that "
                                           "one has it cannot be seen."));
    assert_null(strstr(buffer, "this socket"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listening),
        cmocka_unit_test(listening_with_remarks),
        cmocka_unit_test(all_that_have_it_must_close_it),
        cmocka_unit_test(all_of_a_group_must_close_it),
        cmocka_unit_test(listening_dual_stack),
        cmocka_unit_test(bound_twice),
        cmocka_unit_test(bound_twice_by_the_parent),
        cmocka_unit_test(bound_idle),
        cmocka_unit_test(reuseport_owner),
        cmocka_unit_test(reuseport_one_sided),
        cmocka_unit_test(datagram_held),
        cmocka_unit_test(a_bind_that_is_only_thought_of),
        cmocka_unit_test(kernel),
        cmocka_unit_test(lost_listen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

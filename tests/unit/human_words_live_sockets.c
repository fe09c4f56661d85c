/* Claim: each reason that a live socket gives is told in words of its own: the first line says who
 * has the address, then come the holder, and the rule that refuses the call. */
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
    expect(&sample, REASON_LISTENING, "server[4711] cannot bind 80: nginx[812] listens on it");
    expect_line("holder", "nginx[812], user root, unit nginx.service, started 3 h ago");
    expect_line("rule", "SO_REUSEADDR never helps while another socket listens.");
    expect_no_line("held");
    expect_no_line("this");
    print_as(&sample, &verbose);
    expect_line("this", "bind() on fd 5 0.0.0.0:80, SO_REUSEADDR 0");
    expect_line("held", "nginx[812] fd 6, LISTEN 0.0.0.0:80");
    expect_line("frees", "never by itself: the holder must close it");
}

/* By what people know a process by, where that is known. */
static void a_holder_with_an_identity(void **state)
{
    static const struct identity identity = {.args = "node app.js --port 80",
                                             .cwd = "/srv/shop",
                                             .user = "me",
                                             .parent = 29621,
                                             .parent_comm = "npm"};
    static const struct identity contained = {
        .args = "node app.js",
        .container = {ENGINE_DOCKER, "0123456789abcdef0123456789abcdef", NULL}};
    static const struct identity kept = {
        .args = "node app.js", .supervisor = {.kind = SUPERVISOR_PM2, .name = "shop"}};
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    holder = add_listener(&sample, STATE_LISTEN);
    holder->owner.relation = RELATION_SAME_PROGRAM;
    holder->owner.started_us = SECONDS_AGO(240);
    holder->owner.identity = &identity;
    sample_judge(&sample);
    print(&sample);
    expect_line("holder", "node app.js --port 80, in /srv/shop, the same program, user me, "
                          "started 4 min ago by npm[29621]");
    holder->owner.identity = &contained;
    print(&sample);
    expect_line("holder", "node app.js, the same program, docker container "
                          "0123456789ab, started 4 min ago");
    holder->owner.identity = &kept;
    print(&sample);
    expect_line("holder", "node app.js, the same program, kept by pm2 as shop, started 4 min ago");
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
    expect(&sample, REASON_LISTENING, "server cannot bind 80: nginx[812] (and 300 more) has it");
    expect_line("holder",
                "nginx[812], the same program. It is stopped (Ctrl-Z or SIGSTOP) and keeps its "
                "sockets. Its program file was replaced or removed since its start. At least 300 "
                "more processes have the same socket open.");
    expect_line("rule", "0.0.0.0 means every address, so 127.0.0.1 too. SO_REUSEADDR never helps "
                        "while another socket listens.");
    assert_non_null(strstr(buffer, "end every process that has it: pid 812, 813, 814, 815, 816 and "
                                   "all others that have it."));
    print_as(&sample, &verbose);
    expect_line("frees", "never by itself: every process that has the socket must close it");
    holder->owner.others = 0;
    holder->owner.others_complete = true;
    expect(&sample, REASON_LISTENING,
           "server cannot bind 80: nginx[812] (stopped) listens on it");
}

/* A group of SO_REUSEPORT: what one of them closes frees nothing. */
static void all_of_a_group_must_close_it(void **state)
{
    struct sample sample;
    struct holder *other;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    add_listener(&sample, STATE_LISTEN);
    other = add_listener(&sample, STATE_LISTEN);
    sample_judge(&sample);
    print_as(&sample, &verbose);
    expect_line("frees", "never by itself: the holder must close it");
    other->owner.pid++;
    sample_judge(&sample);
    print_as(&sample, &verbose);
    expect_line("frees", "never by itself: every socket above must be closed");
    other->owner.relation = RELATION_NONE;
    other->owner.pid = 0;
    other->socket.state = STATE_FIN_WAIT1;
    sample_judge(&sample);
    print_as(&sample, &verbose);
    expect_line("frees", "never by itself: the holder must close it");
}

/* What the kernel shows to everybody of a process that cannot be looked at. */
static void listening_unseen(void **state)
{
    struct sample sample;
    struct holder *holder;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    holder = sample_add(&sample, sample_holder("::", 80, STATE_LISTEN));
    holder->socket.options.v6only = ANSWER_NO;
    expect(&sample, REASON_LISTENING,
           "server[4711] cannot bind 80: another socket listens on it");
    expect_line("rule", "The IPv6 socket has the port for IPv4 too: it lacks IPV6_V6ONLY. "
                        "SO_REUSEADDR never helps while another socket listens.");
    expect_no_line("holder");
    holder->socket.uid = 0;
    holder->unit = "web.service";
    expect(&sample, REASON_LISTENING,
           "server cannot bind 80: a process of root listens on it");
    expect_line("holder", "user root, unit web.service");
    holder->socket.uid = 1000;
    expect(&sample, REASON_LISTENING,
           "server cannot bind 80: uid 1000 has it");
    expect_line("holder", "uid 1000, unit web.service");
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
    expect(&sample, REASON_BOUND_TWICE, "server cannot bind 80: its own fd 4 has it already");
    expect_line("holder", "this process, fd 4, bound 20 s ago");
    expect_line("rule", "Both sides need SO_REUSEADDR (BOUND): neither has it.");
    expect_line("this", "fd 5 at open_listener+0x42 (server+0x1a42) < main+0x91 (server+0x1b30)");
    expect_line("held", "fd 4 at open_listener+0x42 (server+0x1a42) < main+0x91 (server+0x1b30)");
    print_as(&sample, &verbose);
    expect_line("this", "bind() on fd 5 0.0.0.0:80, SO_REUSEADDR 0 at open_listener+0x42 "
                        "(server+0x1a42) < main+0x91 (server+0x1b30)");
    expect_line("held", "this process fd 4, BOUND 0.0.0.0:80, SO_REUSEADDR 0 at open_listener+0x42 "
                        "(server+0x1a42) < main+0x91 (server+0x1b30)");
    holder->owner.others = 1;
    sample_judge(&sample);
    print(&sample);
    expect_line("holder", "this process, fd 4, bound 20 s ago. 1 more process has the same socket "
                          "open.");
    assert_non_null(strstr(buffer,
                           "bind it only once: see its settings, then its code (held by fd 4, in "
                            "more than one process)."));
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
           "server cannot bind 80: its parent nginx[812] has it");
    assert_non_null(strstr(buffer,
                           "\n  holder   nginx[812], the parent of this process, bound 90 s "
                                   "ago"));
}

static void bound_idle(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    add_listener(&sample, STATE_BOUND)->socket.options.reuseaddr = ANSWER_YES;
    expect(&sample, REASON_BOUND_IDLE,
           "server cannot bind 80: nginx[812] is bound to it");
    expect_line("rule", "Both sides need SO_REUSEADDR (BOUND): only the other has it.");
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
           "server cannot bind 80: nginx[812] has it");
    expect_line("rule", "SO_REUSEPORT is for sockets of one user: that is uid 33, this 1000.");
}

static void reuseport_one_sided(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.attempt.socket.options.reuseport = ANSWER_YES;
    add_listener(&sample, STATE_LISTEN)->socket.options.reuseport = ANSWER_NO;
    expect(&sample, REASON_REUSEPORT_ONE_SIDED,
           "server cannot bind 80: nginx[812] has it");
    expect_line("rule", "Sharing takes SO_REUSEPORT on every socket: that one lacks it.");
    print_as(&sample, &verbose);
    expect_line("held", "nginx[812] fd 6, LISTEN 0.0.0.0:80, SO_REUSEPORT 0");
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
    expect(&sample, REASON_DATAGRAM_HELD, "server cannot bind UDP 53: named[53] is bound to it");
    expect_line("rule", "Sharing takes SO_REUSEADDR on both sides: neither has it.");
}

/* For 'reuseshim why' there is no socket of this side. */
static void a_bind_that_is_only_thought_of(void **state)
{
    struct sample sample;
    struct holder *holder;
    struct text text = text_in(buffer, sizeof buffer);

    (void)state;
    sample_init(&sample, "0.0.0.0", 80);
    sample.evidence.attempt.fd = -1;
    holder = add_listener(&sample, STATE_BOUND);
    holder->socket.options.reuseaddr = ANSWER_YES;
    sample_judge(&sample);
    human_explain(&text, &sample.evidence, &sample.verdict, &verbose);
    assert_int_equal(strncmp(buffer, "80 is taken: nginx[812] is bound to it, and does not "
                                     "listen [bound-idle]\n", 73), 0);
    expect_no_line("this");
    print(&sample);
    expect_line("rule", "Both sides need SO_REUSEADDR (BOUND): the other side has it.");
    holder->socket.options.reuseaddr = ANSWER_NO;
    sample_judge(&sample);
    assert_non_null(strstr(print(&sample), " (BOUND): the other side lacks it."));
    holder->count = 2;
    holder->some_lack.reuseaddr = true;
    assert_non_null(strstr(print(&sample), " (2 in BOUND): at least one lacks it."));
    holder->count = 1;
    holder->some_lack.reuseaddr = false;
    holder->socket.options.reuseaddr = ANSWER_UNKNOWN;
    holder->socket.options.reuseport = ANSWER_UNKNOWN;
    sample_judge(&sample);
    assert_non_null(strstr(print(&sample), " (BOUND): what the other side has cannot be seen."));
    assert_null(strstr(buffer, "this side"));
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
           "server cannot bind 2049: a service in the kernel has it");
    expect_line("rule", "NFS and tunnels (VXLAN, WireGuard) have sockets in the kernel: no process "
                        "has them, and nothing but the end of that service frees the port.");
    expect_no_line("holder");
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
           "server cannot listen on 80: nginx[812] listens already");
    expect_line("rule", "Of sockets that share an address by SO_REUSEADDR only one can listen.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listening),
        cmocka_unit_test(a_holder_with_an_identity),
        cmocka_unit_test(listening_with_remarks),
        cmocka_unit_test(all_of_a_group_must_close_it),
        cmocka_unit_test(listening_unseen),
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

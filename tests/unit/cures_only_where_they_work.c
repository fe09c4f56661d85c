/* Claim: a cure is offered where it would work and nowhere else, with its risk, and with a
 * command that can be pasted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parties.h"

static const char here[] = "127.0.0.1";

static const struct cure *offered(const struct sample_case *it, const char *id)
{
    for (size_t i = 0; i < it->verdict.cure_count; i++) {
        if (strcmp(it->verdict.cures[i].id, id) == 0)
            return &it->verdict.cures[i];
    }
    return NULL;
}

/* The ids, each after a blank, in their order. */
static void expect_cures_of(const struct sample_case *it, const char *what, const char *expected)
{
    char seen[512] = "";

    for (size_t i = 0; i < it->verdict.cure_count; i++) {
        strcat(seen, i > 0 ? " " : "");
        strcat(seen, it->verdict.cures[i].id);
        assert_true(strlen(it->verdict.cures[i].text) > 5);
    }
    if (strcmp(seen, expected) != 0)
        fail_msg("%s: expected \"%s\", seen \"%s\"", what, expected, seen);
}

static void expect_cures(const struct sample_case *it, const char *expected)
{
    expect_cures_of(it, "this", expected);
}

static void expect_command(const struct sample_case *it, const char *id, const char *command)
{
    const struct cure *cure = offered(it, id);

    assert_non_null(cure);
    assert_string_equal(cure->command, command);
}

static const struct {
    const char *what;
    const char *want, *want_letters;
    const char *held;
    enum socket_state state;
    const char *held_letters;
    const char *cures;
} rows[] = {
    {"a listener", here, "", here, STATE_LISTEN, "", "stop share"},
    {"a listener, of another user", here, "", here, STATE_LISTEN, "o", "stop"},
    {"a listener with SO_REUSEPORT", here, "", here, STATE_LISTEN, "p", "stop share"},
    {"a listener beside ::", "::", "", here, STATE_LISTEN, "",
     "stop v6only another-address share"},
    {"a listener beside 0.0.0.0", "0.0.0.0", "", here, STATE_LISTEN, "",
     "stop another-address share"},
    {"a listener on 0.0.0.0 beside ::", "::", "", "0.0.0.0", STATE_LISTEN, "",
     "stop v6only share"},
    {"a listener on ::", here, "", "::", STATE_LISTEN, "", "stop v6only share"},
    {"a listener on ::, V6ONLY not known", here, "", "::", STATE_LISTEN, "VP", "stop v6only share"},
    {"a listener on :: beside ::1", "::1", "", "::", STATE_LISTEN, "", "stop share"},
    {"a connection beside 0.0.0.0", "0.0.0.0", "a", here, STATE_ESTABLISHED, "c", ""},
    {"UDP on ::", here, "u", "::", STATE_BOUND, "u", "stop v6only share"},
    {"a bound socket with the option", here, "", here, STATE_BOUND, "a", "force stop"},
    {"a bound socket without", here, "a", here, STATE_BOUND, "", "stop"},
    {"a connection with the option", here, "", here, STATE_ESTABLISHED, "ac", "force"},
    {"a connection without", here, "a", here, STATE_ESTABLISHED, "c", ""},
    {"TIME_WAIT with the option", here, "", here, STATE_TIME_WAIT, "acm", "force wait free"},
    {"TIME_WAIT without, newcomer with", here, "a", here, STATE_TIME_WAIT, "cm",
     "wait free next-time"},
    {"TIME_WAIT without, newcomer without", here, "", here, STATE_TIME_WAIT, "cm",
     "wait free force-from-now-on"},
    {"UDP with the option", here, "u", here, STATE_BOUND, "ua", "stop share"},
    {"UDP without", here, "u", here, STATE_BOUND, "u", "stop share"},
    {"multicast without", "224.0.0.1", "u", "224.0.0.1", STATE_BOUND, "u", "force-multicast stop"},
};

static void each_row_has_its_cures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sample_case it;

        case_begin(&it, rows[i].want, rows[i].want_letters);
        case_add(&it, rows[i].held, rows[i].state, rows[i].held_letters);
        case_conclude(&it);
        expect_cures_of(&it, rows[i].what, rows[i].cures);
    }
}

static void waiting_covers_the_time_that_is_left(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_TIME_WAIT, "cm")->timer_ms = 53000;
    case_conclude(&it);
    expect_command(&it, "wait", "export REUSESHIM_POLICY=force+wait:60s");
    expect_command(&it, "free", "reuseshim free tcp:80");
    assert_int_equal(offered(&it, "wait")->risk, RISK_SAFE);
    assert_int_equal(offered(&it, "free")->risk, RISK_ROOT);
    it.holders[0].timer_ms = 59999;
    case_conclude(&it);
    expect_command(&it, "wait", "export REUSESHIM_POLICY=force+wait:70s");
    it.holders[0].timer_ms = 0;
    case_conclude(&it);
    expect_command(&it, "wait", "export REUSESHIM_POLICY=force+wait:10s");
    assert_string_equal(offered(&it, "wait")->text, "wait: it ends by itself in 0 s");
    /* The other end may close in the last moment, which adds a whole TIME_WAIT, or earlier. */
    case_begin(&it, here, "");
    case_add(&it, here, STATE_FIN_WAIT2, "cm")->timer_ms = 30000;
    case_conclude(&it);
    expect_command(&it, "wait", "export REUSESHIM_POLICY=force+wait:100s");
    assert_string_equal(offered(&it, "wait")->text, "wait: it ends by itself in 90 s at most");
}

static void nobody_is_freed_or_waited_for_beside_a_process(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_TIME_WAIT, "cm");
    case_add(&it, here, STATE_LISTEN, "");
    case_conclude(&it);
    assert_null(offered(&it, "wait"));
    assert_null(offered(&it, "free"));
    assert_null(offered(&it, "stop")); /* it would leave the TIME_WAIT */
}

static void a_process_is_stopped_only_if_that_is_enough(void **state)
{
    struct sample_case it;
    struct holder *holder;

    (void)state;
    case_begin(&it, here, "");
    holder = case_add(&it, here, STATE_LISTEN, "");
    case_conclude(&it);
    expect_command(&it, "stop", "kill 4711");
    assert_int_equal(offered(&it, "stop")->risk, RISK_DISRUPTS);
    holder->owner.stopped = true;
    case_conclude(&it);
    expect_command(&it, "stop", "kill 4711 && kill -CONT 4711");
    holder->owner.stopped = false;
    holder->owner.others = 3; /* others have the same socket */
    case_conclude(&it);
    assert_null(offered(&it, "stop"));
    expect_command(&it, "stop-all", "");
    assert_string_equal(offered(&it, "stop-all")->text,
                        "end every process that has it: pid 4711 and 3 more");
    assert_int_equal(offered(&it, "stop-all")->risk, RISK_DISRUPTS);
    holder->unit = "server.service"; /* whose processes go together */
    case_conclude(&it);
    expect_command(&it, "stop", "systemctl stop server.service");
    assert_null(offered(&it, "stop-all"));
    holder->cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/server.service";
    case_conclude(&it);
    expect_command(&it, "stop", "systemctl --user stop server.service");
    holder->unit = "session-4.scope"; /* a login, with the shell in it */
    case_conclude(&it);
    assert_null(offered(&it, "stop"));
    holder->unit = "user@1000.service"; /* all that a user runs */
    case_conclude(&it);
    assert_null(offered(&it, "stop"));
    holder->owner.others = 0;
    holder->unit = "cron.service"; /* which leaves its jobs alone when it is stopped */
    case_conclude(&it);
    expect_command(&it, "stop", "kill 4711");
    holder->unit = NULL;
    holder->owner.others = 0;
    holder->owner.others_complete = false; /* not all could be looked at */
    case_conclude(&it);
    assert_null(offered(&it, "stop"));
    holder->owner.others_complete = true;
    case_add(&it, here, STATE_BOUND, "")->owner.pid = 4712; /* and somebody else */
    case_conclude(&it);
    assert_null(offered(&it, "stop"));
}

/* Each for the protocol at hand; UDP-Lite has no word in a policy. */
static void a_setting_reaches_the_socket_that_it_is_for(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, "::", "");
    case_add(&it, "0.0.0.0", STATE_LISTEN, "");
    case_conclude(&it);
    expect_command(&it, "v6only", "export REUSESHIM_POLICY=tcp6=v6only");
    case_begin(&it, "::", "u");
    case_add(&it, "0.0.0.0", STATE_BOUND, "u");
    case_conclude(&it);
    expect_command(&it, "v6only", "export REUSESHIM_POLICY=udp6=v6only");
    it.evidence.attempt.socket.protocol = it.holders[0].socket.protocol = PROTOCOL_UDPLITE;
    case_conclude(&it);
    expect_cures(&it, "stop");
    case_begin(&it, here, "u");
    case_add(&it, "::", STATE_BOUND, "u");
    case_conclude(&it);
    expect_command(&it, "v6only", "export REUSESHIM_POLICY=udp6=v6only");
    assert_int_equal(offered(&it, "v6only")->risk, RISK_DISRUPTS);
}

static void another_address_is_named_where_the_rest_is_free(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, "0.0.0.0", "");
    case_add(&it, here, STATE_LISTEN, "AP")->owner =
        (struct owner){.relation = RELATION_UNSEEN, .fd = -1, .uid = UID_UNKNOWN};
    case_conclude(&it);
    expect_cures(&it, "another-address"); /* whoever has it */
    assert_string_equal(offered(&it, "another-address")->text,
                        "bind one address of this machine instead of all: on this port only "
                        "127.0.0.1 is held");
    case_add(&it, "127.0.0.2", STATE_LISTEN, "");
    case_conclude(&it);
    assert_null(offered(&it, "another-address"));
    it.evidence.holder_count = 1;
    it.evidence.bound_seen = false; /* one that does not listen may be on another */
    case_conclude(&it);
    assert_null(offered(&it, "another-address"));
    it.evidence.bound_seen = true;
    it.evidence.left_out = 1;
    case_conclude(&it);
    assert_null(offered(&it, "another-address"));
}

/* To end what has the port for another server would stop too much, or free nothing. */
static void a_keeper_is_not_stopped_but_what_it_keeps(void **state)
{
    struct sample_case it;
    struct owner *owner;

    (void)state;
    case_begin(&it, here, "");
    owner = &case_add(&it, "0.0.0.0", STATE_LISTEN, "")->owner;
    owner->comm = "docker-proxy";
    owner->exe = "/usr/bin/docker-proxy";
    it.holders[0].unit = "docker.service"; /* the whole of Docker */
    case_conclude(&it);
    expect_cures(&it, "stop-kept");
    expect_command(&it, "stop-kept", "docker stop $(docker ps -q --filter publish=80/tcp)");
    owner->comm = owner->exe = "conmon";
    case_conclude(&it);
    expect_command(&it, "stop-kept", "podman stop $(podman ps --format '{{.ID}} {{.Ports}}' | awk "
                                     "'/:80->[0-9]+\\/tcp/ {print $1}')");
    owner->comm = "kube-proxy";
    owner->exe = NULL;
    case_conclude(&it);
    expect_cures(&it, "");
    owner->comm = "systemd";
    owner->exe = "/usr/lib/systemd/systemd";
    owner->pid = 1;
    owner->others = 1; /* the service that it has started */
    it.holders[0].unit = "init.scope";
    case_conclude(&it);
    expect_cures(&it, "stop-kept");
    expect_command(&it, "stop-kept",
                   "systemctl stop $(systemctl list-sockets --show-types --no-legend | awk '$1 == "
                   "\"0.0.0.0:80\" && $2 == \"Stream\" {print $3, ($4 ~ /service$/ ? $4 : "
                   "\"\")}')");
    owner->pid = 812;
    case_conclude(&it);
    assert_true(strncmp(offered(&it, "stop-kept")->command, "systemctl --user stop $(systemctl "
                                                            "--user list-sockets ", 50) == 0);
    owner->exe = "/opt/bin/server"; /* no more than the name */
    case_conclude(&it);
    assert_null(offered(&it, "stop-kept"));
    owner->pid = 1; /* of a container: it does not end by SIGTERM */
    owner->others = 0;
    case_conclude(&it);
    assert_null(offered(&it, "stop"));
}

static void ones_own_socket_is_closed_not_stopped(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_LISTEN, "")->owner.relation = RELATION_SELF;
    case_conclude(&it);
    expect_cures(&it, "fix-program");
    assert_non_null(strstr(it.verdict.cures[0].text, "close fd 3"));
    assert_string_equal(it.verdict.cures[0].command, "");
}

static void nothing_is_promised_that_is_not_known(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_LISTEN, "AP")->owner =
        (struct owner){.relation = RELATION_UNSEEN, .fd = -1, .uid = UID_UNKNOWN};
    case_conclude(&it);
    expect_cures(&it, "");
    case_begin(&it, here, "");
    case_add(&it, here, STATE_TIME_WAIT, "cm");
    it.evidence.left_out = 1; /* who knows what that is */
    case_conclude(&it);
    expect_cures(&it, "");
}

static void an_outgoing_port_is_reserved(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_ESTABLISHED, "c")->outgoing = ANSWER_YES;
    it.evidence.range = (struct range){.first = PORT, .last = PORT};
    case_conclude(&it);
    expect_cures(&it, "reserve");
    assert_non_null(strstr(it.verdict.cures[0].command, "ip_local_reserved_ports"));
    assert_int_equal(it.verdict.cures[0].risk, RISK_ROOT);
    /* The kernel never gives it by itself: who has it has asked for it, and would get it again. */
    it.evidence.range.first = it.evidence.range.last = PORT + 1;
    case_conclude(&it);
    expect_cures(&it, "");
    it.evidence.range.first = PORT;
    it.holders[0].memory.bound_at_us = 1; /* by its number, as far as is known */
    case_conclude(&it);
    expect_cures(&it, "");
    it.holders[0].memory.bound_at_us = 0;
    it.evidence.range = (struct range){0};
    case_conclude(&it);
    expect_cures(&it, "");
}

static void begin_path(struct sample_case *it, const char *path, enum path_kind kind)
{
    struct endpoint *local = &it->evidence.attempt.socket.local;

    case_begin(it, here, "");
    it->evidence.attempt.socket.protocol = PROTOCOL_UNIX;
    *local = (struct endpoint){.family = FAMILY_UNIX, .path_length = (uint8_t)strlen(path)};
    memcpy(local->path, path, strlen(path));
    it->evidence.path = kind;
}

static void only_stale_files_are_removed(void **state)
{
    struct sample_case it;

    (void)state;
    begin_path(&it, "/run/it's.sock", PATH_STALE);
    case_conclude(&it);
    expect_cures(&it, "unlink unlink-always");
    expect_command(&it, "unlink", "rm -- '/run/it'\\''s.sock'");
    begin_path(&it, "/run/x", PATH_LIVE);
    case_conclude(&it);
    expect_cures(&it, "");
    begin_path(&it, "/run/x", PATH_OTHER);
    case_conclude(&it);
    expect_cures(&it, "");
    begin_path(&it, "/run/x", PATH_MISSING);
    case_conclude(&it);
    expect_cures(&it, "retry");
}

/* The shell may be in another folder, and takes bytes as they were copied from the log. */
static void a_file_is_removed_by_a_name_that_any_shell_has(void **state)
{
    char deep[700];
    struct sample_case it;

    (void)state;
    begin_path(&it, "run/x.sock", PATH_STALE);
    case_conclude(&it);
    expect_command(&it, "unlink", ""); /* the text alone */
    it.evidence.folder = "/home/it's";
    case_conclude(&it);
    expect_command(&it, "unlink", "rm -- '/home/it'\\''s/run/x.sock'");
    it.evidence.folder = "/";
    case_conclude(&it);
    expect_command(&it, "unlink", "rm -- '/run/x.sock'");
    it.evidence.folder = "/home/\xc3\xa9";
    case_conclude(&it);
    expect_command(&it, "unlink", "rm -- '/home/\xc3\xa9/run/x.sock'");
    it.evidence.folder = "/home/\xff";
    case_conclude(&it);
    expect_command(&it, "unlink", "");
    memset(deep, 'a', sizeof deep - 1);
    deep[0] = '/';
    deep[sizeof deep - 1] = '\0';
    it.evidence.folder = deep;
    case_conclude(&it);
    expect_command(&it, "unlink", "");
    begin_path(&it, "/run/a\nb", PATH_STALE);
    case_conclude(&it);
    expect_command(&it, "unlink", "");
    begin_path(&it, "/run/\xc2\x9b", PATH_STALE);
    case_conclude(&it);
    expect_command(&it, "unlink", "");
    expect_cures(&it, "unlink unlink-always");
}

static void a_used_up_range_is_widened(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    it.evidence.attempt.socket.local.port = 0;
    it.evidence.range = (struct range){.first = 32768, .last = 60999};
    case_conclude(&it);
    expect_cures(&it, "widen");
    it.evidence.range.own = true; /* the socket's own, which stays */
    case_conclude(&it);
    expect_cures(&it, "");
    it.evidence.range.own = false;
    it.evidence.range.first = 1024; /* there is nothing to add */
    case_conclude(&it);
    expect_cures(&it, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_has_its_cures),
        cmocka_unit_test(waiting_covers_the_time_that_is_left),
        cmocka_unit_test(nobody_is_freed_or_waited_for_beside_a_process),
        cmocka_unit_test(a_process_is_stopped_only_if_that_is_enough),
        cmocka_unit_test(a_setting_reaches_the_socket_that_it_is_for),
        cmocka_unit_test(another_address_is_named_where_the_rest_is_free),
        cmocka_unit_test(a_keeper_is_not_stopped_but_what_it_keeps),
        cmocka_unit_test(ones_own_socket_is_closed_not_stopped),
        cmocka_unit_test(nothing_is_promised_that_is_not_known),
        cmocka_unit_test(an_outgoing_port_is_reserved),
        cmocka_unit_test(only_stale_files_are_removed),
        cmocka_unit_test(a_file_is_removed_by_a_name_that_any_shell_has),
        cmocka_unit_test(a_used_up_range_is_widened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

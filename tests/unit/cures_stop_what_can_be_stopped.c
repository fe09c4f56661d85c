/* Claim: a process, a unit or a container is to be stopped only where that frees the address, and
 * by a command that stops no more than that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cures.h"

static const char afterwards[] = "stop the process, then wait up to 120 s";

/* Nor is that enough: the TIME_WAIT stays, and lets in who has the option if its side had it. */
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
    expect_command(&it, "stop", "kill 4711 && reuseshim run -p force+wait:130s -- ./server");
    assert_string_equal(offered(&it, "stop")->text, afterwards);
    it.holders[0].socket.options.reuseaddr = ANSWER_YES;
    case_conclude(&it);
    expect_command(&it, "stop", "kill 4711 && reuseshim run -p force+wait:10s -- ./server");
    it.evidence.attempt.socket.options.reuseaddr = ANSWER_YES; /* then it is not in the way */
    case_conclude(&it);
    expect_command(&it, "stop", "kill 4711");
    it.holders[0].socket.options.reuseaddr = ANSWER_NO;
    it.holders[0].socket.state = STATE_FIN_WAIT1; /* as long as the other end does not answer */
    it.holders[0].timer_ms = -1;
    case_conclude(&it);
    assert_null(offered(&it, "stop"));
}

/* What it had open is left over then; what nobody has accepted yet is not. */
static void a_process_with_connections_leaves_them_behind(void **state)
{
    struct sample_case it;
    struct holder *holder;

    (void)state;
    case_begin(&it, "0.0.0.0", "a");
    holder = case_add(&it, here, STATE_ESTABLISHED, "c");
    case_conclude(&it);
    expect_command(&it, "stop", "kill 4711 && reuseshim run -p force+wait:130s -- ./server");
    assert_string_equal(offered(&it, "stop")->text, afterwards);
    case_add(&it, here, STATE_CLOSE_WAIT, "c")->owner.pid = 4712;
    case_conclude(&it);
    expect_command(&it, "stop-all",
                   "kill 4711 4712 && reuseshim run -p force+wait:130s -- ./server");
    it.holders[1].owner.others_complete = false;
    case_conclude(&it);
    expect_command(&it, "stop-all", "");
    assert_string_equal(offered(&it, "stop-all")->text,
                        "end every process that has it: pid 4711, 4712 and all others that have it, "
                        "then wait up to 120 s");
    it.evidence.holder_count = 1;
    holder->owner.relation = RELATION_SELF;
    case_conclude(&it);
    expect_cures(&it, "fix-program");
    case_begin(&it, here, "");
    case_add(&it, here, STATE_LISTEN, "");
    holder = case_add(&it, here, STATE_ESTABLISHED, "c");
    holder->owner.fd = -1;
    holder->owner.others_complete = false;
    case_conclude(&it);
    expect_command(&it, "stop", "kill 4711");
}

/* Its file stays behind, unless it removes that itself. */
static void the_file_of_a_process_is_removed_after_it(void **state)
{
    static const char path[] = "/run/x.sock";
    struct sample_case it;
    struct endpoint *local;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_LISTEN, "");
    it.evidence.attempt.socket.protocol = it.holders[0].socket.protocol = PROTOCOL_UNIX;
    local = &it.evidence.attempt.socket.local;
    *local = (struct endpoint){.family = FAMILY_UNIX, .path_length = sizeof path - 1};
    memcpy(local->path, path, sizeof path - 1);
    it.holders[0].socket.local = *local;
    it.evidence.path = PATH_LIVE;
    case_conclude(&it);
    expect_command(&it, "stop", "kill 4711 && reuseshim run -p unix=unlink+wait:10s -- ./server");
    assert_string_equal(offered(&it, "stop")->text,
                        "stop the process, then have its file removed");
    local->path[0] = '\0'; /* an abstract name has none */
    it.holders[0].socket.local = *local;
    case_conclude(&it);
    expect_command(&it, "stop", "kill 4711");
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
    holder->owner.others_complete = false; /* not all could be looked at */
    case_conclude(&it);
    assert_null(offered(&it, "stop"));
    expect_command(&it, "stop-all", "");
    assert_string_equal(offered(&it, "stop-all")->text,
                        "end every process that has it: pid 4711 and all others that have it");
    holder->owner.others_complete = true;
    case_add(&it, here, STATE_BOUND, "")->owner.pid = 4712; /* and somebody else */
    case_conclude(&it);
    assert_null(offered(&it, "stop"));
    expect_command(&it, "stop-all", "kill 4711 4712");
}

static void all_that_have_it_are_named(void **state)
{
    struct sample_case it;
    struct holder *holder;

    (void)state;
    case_begin(&it, here, "");
    holder = case_add(&it, here, STATE_LISTEN, "");
    holder->owner.others = 3; /* others have the same socket */
    memcpy(holder->owner.other_pids, (int32_t[]){4712, 4713, 4714}, 3 * sizeof(int32_t));
    case_conclude(&it);
    assert_null(offered(&it, "stop"));
    expect_command(&it, "stop-all", "kill 4711 4712 4713 4714");
    assert_string_equal(offered(&it, "stop-all")->text, "end every process that has it");
    assert_int_equal(offered(&it, "stop-all")->risk, RISK_DISRUPTS);
    holder->owner.others_complete = false; /* these are not enough */
    case_conclude(&it);
    expect_command(&it, "stop-all", "");
    assert_string_equal(offered(&it, "stop-all")->text,
                        "end every process that has it: pid 4711, 4712, 4713, 4714 and all "
                        "others that have it");
    holder->owner.others_complete = true;
    holder->owner.others = 301;
    holder->owner.other_pids[3] = 4715;
    case_conclude(&it);
    expect_command(&it, "stop-all", "");
    assert_string_equal(offered(&it, "stop-all")->text,
                        "end every process that has it: pid 4711, 4712, 4713, 4714, 4715 and "
                        "all others that have it");
    holder->owner.other_pids[1] = 1; /* systemd, which has opened it for a service */
    case_conclude(&it);
    assert_null(offered(&it, "stop-all"));
}

static void a_unit_is_stopped_if_it_is_a_service(void **state)
{
    struct sample_case it;
    struct holder *holder;

    (void)state;
    case_begin(&it, here, "");
    holder = case_add(&it, here, STATE_LISTEN, "");
    holder->owner.others = 3;
    memcpy(holder->owner.other_pids, (int32_t[]){4712, 4713, 4714}, 3 * sizeof(int32_t));
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
}

static void two_processes_are_one_service_or_are_not(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_LISTEN, "")->unit = "a.service";
    case_add(&it, here, STATE_BOUND, "")->owner.pid = 4712;
    case_conclude(&it);
    assert_null(offered(&it, "stop"));
    expect_command(&it, "stop-all", "kill 4711 4712");
    it.holders[1].unit = "a.service";
    case_conclude(&it);
    expect_command(&it, "stop", "systemctl stop a.service");
    it.holders[1].socket.state = STATE_LISTEN; /* it decides, and is a process of no service */
    it.holders[1].unit = NULL;
    it.holders[0].socket.state = STATE_BOUND;
    case_conclude(&it);
    expect_command(&it, "stop-all", "kill 4711 4712");
}

/* To end what has the port for another server would stop too much, or free nothing. */
static void a_proxy_is_not_stopped_but_what_it_stands_for(void **state)
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
    owner->comm = "lxd"; /* a proxy device */
    owner->identity = &(struct identity){.args = "/usr/bin/lxd forkproxy -- 16 4 tcp:0.0.0.0:80"};
    case_conclude(&it);
    expect_cures(&it, "");
    owner->identity = NULL;
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

/* Closing one of two that refuse would not let the call in. */
static void each_of_ones_own_sockets_is_named(void **state)
{
    struct sample_case it;
    struct holder *other;

    (void)state;
    case_begin(&it, "0.0.0.0", "");
    case_add(&it, here, STATE_LISTEN, "")->owner.relation = RELATION_SELF;
    other = case_add(&it, "127.0.0.2", STATE_LISTEN, "");
    other->owner.relation = RELATION_SELF;
    other->owner.fd = 4;
    case_conclude(&it);
    expect_cures(&it, "fix-program");
    assert_non_null(strstr(it.verdict.cures[0].text, "(held by fd 3 and fd 4)"));
    other->owner.relation = RELATION_OTHER; /* which goes on refusing */
    case_conclude(&it);
    assert_null(offered(&it, "fix-program"));
}

static void ones_own_socket_is_closed_not_stopped(void **state)
{
    struct sample_case it;

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_LISTEN, "")->owner.relation = RELATION_SELF;
    case_conclude(&it);
    expect_cures(&it, "fix-program");
    assert_non_null(strstr(it.verdict.cures[0].text, "(held by fd 3"));
    assert_string_equal(it.verdict.cures[0].command, "");
    /* The same program in a process that it has forked, or that has forked it. */
    it.holders[0].owner.relation = RELATION_PARENT;
    it.holders[0].owner.by_fork = true;
    case_conclude(&it);
    expect_cures(&it, "fix-program");
    assert_non_null(strstr(it.verdict.cures[0].text, "(held by fd 3 of pid 4711)"));
    it.holders[0].owner.by_fork = false; /* a shell, or a server that has started another one */
    case_conclude(&it);
    expect_cures(&it, "told-twice"); /* to end it ends this process, too */
    it.evidence.attempt.caller.port_in = "--port 80";
    it.holders[0].owner.comm = "npm";
    it.holders[0].owner.relation = RELATION_ANCESTOR;
    it.evidence.free_port = PORT + 1;
    case_conclude(&it);
    expect_cures(&it, "told-twice another-port");
    assert_string_equal(it.verdict.cures[0].text,
                        "npm[4711] started this process; both were told the same address, here by "
                        "--port 80: give one of them another");
    assert_string_equal(it.verdict.cures[1].text, "use another port: 81 is free");
    it.holders[0].owner.relation = RELATION_SIBLING;
    case_conclude(&it);
    expect_cures(&it, "sibling another-port share");
    it.holders[0].owner.relation = RELATION_CHILD; /* which may be ended */
    case_conclude(&it);
    expect_cures(&it, "stop another-port wait-leaving");
}

/* What /proc shows of the holder decides by which signal it ends, or by none. */
static void a_signal_is_named_that_works(void **state)
{
    struct sample_case it;
    struct identity identity = {.vitals = {.ignores_term = true}};

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_LISTEN, "")->owner.identity = &identity;
    it.evidence.attempt.caller.uid = OUR_UID;
    case_conclude(&it);
    expect_command(&it, "stop-hard", "kill -9 4711");
    assert_null(offered(&it, "stop"));
    it.holders[0].owner.uid = OTHER_UID;
    case_conclude(&it);
    expect_command(&it, "stop-hard", "sudo kill -9 4711");
    identity.vitals = (struct vitals){.first = true};
    case_conclude(&it);
    expect_command(&it, "stop-hard", "sudo kill -9 4711");
    identity.vitals.handles_term = true;
    case_conclude(&it);
    expect_command(&it, "stop", "sudo kill 4711");
    identity.vitals = (struct vitals){.dying = true};
    case_conclude(&it);
    expect_cures(&it, "wait-ending");
    identity.vitals = (struct vitals){.in_kernel = true};
    case_conclude(&it);
    expect_cures(&it, "hangs");
    identity.vitals = (struct vitals){.first_of_ours = true};
    it.holders[0].owner.pid = 1;
    case_conclude(&it);
    expect_cures(&it, "first wait-leaving");
}

#define ID "0123456789abcdef0123456789abcdef"

/* Who starts it again is stopped, in its own words, and never where that ends the caller too. */
static void what_starts_it_again_is_stopped(void **state)
{
    struct sample_case it;
    struct identity identity = {
        .supervisor = {.kind = SUPERVISOR_SUPERVISORD, .pid = 7, .comm = "supervisord",
                       .name = "web", .config = "/etc/s.conf"}};

    (void)state;
    case_begin(&it, here, "");
    case_add(&it, here, STATE_LISTEN, "")->owner.identity = &identity;
    it.holders[0].owner.uid = 0;
    it.evidence.attempt.caller.uid = OUR_UID;
    case_conclude(&it);
    expect_command(&it, "stop", "sudo supervisorctl -c /etc/s.conf stop web");
    identity.supervisor = (struct supervisor){.kind = SUPERVISOR_SHELL, .pid = 7};
    it.evidence.attempt.caller.uid = 0;
    case_conclude(&it);
    expect_command(&it, "stop", "kill 7 4711");
    identity.supervisor.over_caller = true;
    case_conclude(&it);
    expect_command(&it, "stop", "kill 4711");
    identity.supervisor = (struct supervisor){.kind = SUPERVISOR_SUPERVISORD, .pid = 7};
    case_conclude(&it);
    expect_command(&it, "stop", ""); /* its name there is not known */
    identity.supervisor = (struct supervisor){
        .kind = SUPERVISOR_SYSTEMD, .name = "web.service"};
    it.evidence.attempt.caller.unit = "web.service"; /* our own, which left it behind */
    case_conclude(&it);
    expect_command(&it, "stop-unit", "systemctl kill web.service");
    expect_command(&it, "stop", "kill 4711");
    it.evidence.attempt.caller.unit = "other.service";
    case_conclude(&it);
    expect_command(&it, "stop", "systemctl stop web.service");
    identity.supervisor = (struct supervisor){.kind = SUPERVISOR_NONE};
    identity.container = (struct container){.engine = ENGINE_DOCKER, .id = ID};
    case_conclude(&it);
    expect_command(&it, "stop-container", "docker stop 0123456789ab");
    assert_null(offered(&it, "stop"));
    identity.container = (struct container){.engine = ENGINE_KUBERNETES, .id = ID};
    case_conclude(&it);
    expect_command(&it, "stop-container", "");
    it.evidence.attempt.caller.identity = &identity; /* in the same container */
    case_conclude(&it);
    expect_command(&it, "stop", "kill 4711");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_freed_or_waited_for_beside_a_process),
        cmocka_unit_test(a_process_with_connections_leaves_them_behind),
        cmocka_unit_test(the_file_of_a_process_is_removed_after_it),
        cmocka_unit_test(a_process_is_stopped_only_if_that_is_enough),
        cmocka_unit_test(all_that_have_it_are_named),
        cmocka_unit_test(a_unit_is_stopped_if_it_is_a_service),
        cmocka_unit_test(two_processes_are_one_service_or_are_not),
        cmocka_unit_test(a_proxy_is_not_stopped_but_what_it_stands_for),
        cmocka_unit_test(each_of_ones_own_sockets_is_named),
        cmocka_unit_test(ones_own_socket_is_closed_not_stopped),
        cmocka_unit_test(a_signal_is_named_that_works),
        cmocka_unit_test(what_starts_it_again_is_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

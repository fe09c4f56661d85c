/* Claim: a process, a unit or a container is to be stopped only where that frees the address, and by
 * a command that stops no more than that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cures.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_freed_or_waited_for_beside_a_process),
        cmocka_unit_test(a_process_is_stopped_only_if_that_is_enough),
        cmocka_unit_test(a_keeper_is_not_stopped_but_what_it_keeps),
        cmocka_unit_test(ones_own_socket_is_closed_not_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

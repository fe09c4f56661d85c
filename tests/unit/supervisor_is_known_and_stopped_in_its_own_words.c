/* Each supervisor is recognised by its name or its script, its stop command is made of what is
 * known, and none is made of less; containers are named as their cgroups have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/container.h"
#include "rules/supervisor.h"

static const struct { const char *comm, *program; enum supervisor_kind kind; } known[] = {
    {"supervisord", "/usr/bin/supervisord", SUPERVISOR_SUPERVISORD},
    {"python3", "/usr/bin/supervisord", SUPERVISOR_SUPERVISORD},
    {"runsv", NULL, SUPERVISOR_RUNIT},
    {"runsvdir", NULL, SUPERVISOR_NONE},
    {"s6-supervise", NULL, SUPERVISOR_S6},
    {"supervise", NULL, SUPERVISOR_DAEMONTOOLS},
    {"supervise-daemo", NULL, SUPERVISOR_OPENRC},
    {"node", "/usr/lib/node_modules/nodemon/bin/nodemon.js", SUPERVISOR_NODEMON},
    {"node", "/srv/node_modules/.bin/nodemon", SUPERVISOR_NODEMON},
    {"node", "/usr/lib/node_modules/forever/bin/monitor", SUPERVISOR_FOREVER},
    {"monitor", NULL, SUPERVISOR_NONE},
    {"gunicorn", "/usr/bin/gunicorn", SUPERVISOR_GUNICORN},
    {"gunicorn: mast", NULL, SUPERVISOR_GUNICORN},
    {"php-fpm8.2", NULL, SUPERVISOR_PHP_FPM},
    {"nginx", NULL, SUPERVISOR_NGINX},
    {"uwsgi-core", NULL, SUPERVISOR_UWSGI},
    {"server", NULL, SUPERVISOR_NONE},
    {NULL, NULL, SUPERVISOR_NONE},
};

static void recognised(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct supervisor_form *form =
            supervisor_by_process(known[i].comm, known[i].program);

        if ((form == NULL ? SUPERVISOR_NONE : form->kind) != known[i].kind)
            fail_msg("%s %s", known[i].comm, form == NULL ? "none" : supervisor_word(form->program));
    }
}

static const struct { struct supervisor supervisor; const char *stop; } stops[] = {
    {{.kind = SUPERVISOR_SUPERVISORD, .pid = 7, .name = "web:a b"},
     "supervisorctl stop 'web:a b'"},
    {{.kind = SUPERVISOR_SUPERVISORD, .pid = 7, .name = "web", .config = "/etc/s.conf"},
     "supervisorctl -c /etc/s.conf stop web"},
    {{.kind = SUPERVISOR_SUPERVISORD, .pid = 7, .name = "web", .folder = "unix:///run/s.sock"},
     "supervisorctl -s unix:///run/s.sock stop web"},
    {{.kind = SUPERVISOR_SUPERVISORD, .pid = 7}, ""},
    {{.kind = SUPERVISOR_RUNIT, .pid = 7, .folder = "/etc/sv/web"}, "sv down /etc/sv/web"},
    {{.kind = SUPERVISOR_RUNIT, .pid = 7}, ""},
    {{.kind = SUPERVISOR_S6, .pid = 7, .folder = "/run/s/web"}, "s6-svc -wD -d /run/s/web"},
    {{.kind = SUPERVISOR_PM2, .pid = 7, .name = "api", .folder = "/srv/me/.pm2"},
     "PM2_HOME=/srv/me/.pm2 pm2 stop api"},
    {{.kind = SUPERVISOR_PM2, .pid = 7, .name = "api"}, ""},
    {{.kind = SUPERVISOR_NODEMON, .pid = 7}, "kill 7"},
    {{.kind = SUPERVISOR_UWSGI, .pid = 7}, "kill -INT 7"},
    {{.kind = SUPERVISOR_NGINX, .pid = 1}, ""},
    {{.kind = SUPERVISOR_SYSTEMD, .name = "web.service"}, "systemctl stop web.service"},
    {{.kind = SUPERVISOR_NONE}, ""},
};

static const int32_t pids[] = {42, 43};

static void expect_stop(const struct supervisor *supervisor, const struct supervised *supervised,
                        const char *stop)
{
    char command[128];
    struct text text = text_in(command, sizeof command);

    assert_int_equal(supervisor_add_stop(&text, supervisor, supervised), stop[0] != '\0');
    assert_string_equal(command, stop);
}

static void stopped(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
        expect_stop(&stops[i].supervisor, &(struct supervised){"server", pids, 1, false},
                    stops[i].stop);
}

/* The children of a loop have other numbers by the time that somebody has read them. */
static const struct {
    enum supervisor_kind kind;
    bool through;
    struct supervised has;
    const char *stop;
} ended_with[] = {
    {SUPERVISOR_SHELL, false, {"server", pids, 1, false}, "kill 7 $(pgrep -P 7 -x server)"},
    {SUPERVISOR_SHELL, false, {"server", pids, 1, true}, "kill -9 7 $(pgrep -P 7 -x server)"},
    {SUPERVISOR_SHELL, false, {"server", pids, 2, false}, "kill 7 42 43"},
    {SUPERVISOR_SHELL, true, {"server", pids, 1, false}, "kill 7 42"},
    {SUPERVISOR_SHELL, false, {"my (server)", pids, 1, false}, "kill 7 42"},
    {SUPERVISOR_OTHER, false, {"server", pids, 1, false}, "kill 7 42"},
    {SUPERVISOR_POSSIBLE, false, {"server", pids, 2, false}, "kill 7 42 43"},
    {SUPERVISOR_POSSIBLE, false, {"server", pids, 1, true}, "kill -9 7 42"},
};

static void ended_with_its_supervisor(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ended_with / sizeof *ended_with; i++)
        expect_stop(&(struct supervisor){.kind = ended_with[i].kind, .pid = 7,
                                         .through = ended_with[i].through},
                    &ended_with[i].has, ended_with[i].stop);
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *path;
    enum container_engine engine;
    const char *name;
} cgroups[] = {
    {"/system.slice/docker-" ID ".scope", ENGINE_DOCKER, ID},
    {"/docker/" ID, ENGINE_DOCKER, ID},
    {"/machine.slice/libpod-" ID ".scope/container", ENGINE_PODMAN, ID},
    {"/machine.slice/libpod-conmon-" ID ".scope", ENGINE_NONE, NULL},
    {"/system.slice/web.service/libpod-payload-" ID, ENGINE_PODMAN, ID},
    {"/system.slice/nerdctl-" ID ".scope", ENGINE_NERDCTL, ID},
    {"/system.slice/cri-containerd-" ID ".scope", ENGINE_CONTAINERD, ID},
    {"/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope", ENGINE_KUBERNETES, ID},
    {"/kubepods/besteffort/pod1/" ID, ENGINE_KUBERNETES, ID},
    {"/system.slice/crio-" ID ".scope", ENGINE_CRIO, ID},
    {"/lxc.payload.web/init.scope", ENGINE_LXC, "web"},
    {"/lxc.payload.web-1/.lxc", ENGINE_LXC, "web-1"}, /* a second web; its monitor knows better */
    {"/lxc/web", ENGINE_LXC, "web"},
    {"/machine.slice/machine-deb.scope", ENGINE_MACHINED, "deb"},
    {"/machine.slice/systemd-nspawn@deb.service/payload", ENGINE_MACHINED, "deb"},
    {"/system.slice/docker.service", ENGINE_NONE, NULL},
    {"/docker/short", ENGINE_NONE, NULL},
    {"/user.slice/user-1000.slice", ENGINE_NONE, NULL},
    {"/", ENGINE_NONE, NULL},
    {"", ENGINE_NONE, NULL},
    {"docker/", ENGINE_NONE, NULL},
};

static void contained(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cgroups / sizeof *cgroups; i++) {
        struct container_found found = {.engine = ENGINE_NONE};
        bool any = container_in(cgroups[i].path, &found);

        if (any != (cgroups[i].engine != ENGINE_NONE) || (any && found.engine != cgroups[i].engine))
            fail_msg("%s: %d", cgroups[i].path, (int)found.engine);
        if (any && (found.length != strlen(cgroups[i].name) ||
                    memcmp(found.start, cgroups[i].name, found.length) != 0))
            fail_msg("%s: %.*s", cgroups[i].path, (int)found.length, found.start);
    }
}

static void loops(void **state)
{
    (void)state;
    assert_true(supervisor_code_loops("while :; do ./server; done"));
    assert_true(supervisor_code_loops("#!/bin/sh\ncd /srv\n  until ./server; do sleep 1; done\n"));
    assert_true(supervisor_code_loops("cd x && for i in 1 2; do a; done"));
    assert_false(supervisor_code_loops("exec ./server --for x while"));
    assert_false(supervisor_code_loops("# run for ever\n./server"));
    assert_false(supervisor_code_loops(""));
}

/* As LXC 5, LXD 5 and Incus 6 call themselves. */
static void monitors_tell_whose_it_is(void **state)
{
    const char *name = NULL;

    (void)state;
    assert_int_equal(container_of_monitor("[lxc monitor] /var/lib/lxc web", &name), ENGINE_LXC);
    assert_string_equal(name, "web");
    assert_int_equal(
        container_of_monitor("[lxc monitor] /var/snap/lxd/common/lxd/containers a-b", &name),
        ENGINE_LXD);
    assert_string_equal(name, "a-b");
    assert_int_equal(container_of_monitor("[lxc monitor] /var/lib/incus/containers web", &name),
                     ENGINE_INCUS);
    assert_int_equal(container_of_monitor("/usr/bin/lxd", &name), ENGINE_NONE);
    assert_string_equal(container_stop(ENGINE_INCUS), "incus stop ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monitors_tell_whose_it_is),
        cmocka_unit_test(recognised), cmocka_unit_test(stopped),
        cmocka_unit_test(ended_with_its_supervisor), cmocka_unit_test(contained),
        cmocka_unit_test(loops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "rules/identity.h"

#include <assert.h>
#include <stddef.h>

static const char supervisor_names[][13] = {
    [SUPERVISOR_NONE] = "",
    [SUPERVISOR_SYSTEMD] = "systemd",
    [SUPERVISOR_SYSTEMD_USER] = "systemd-user",
    [SUPERVISOR_SUPERVISORD] = "supervisord",
    [SUPERVISOR_RUNIT] = "runit",
    [SUPERVISOR_S6] = "s6",
    [SUPERVISOR_DAEMONTOOLS] = "daemontools",
    [SUPERVISOR_OPENRC] = "openrc",
    [SUPERVISOR_PM2] = "pm2",
    [SUPERVISOR_NODEMON] = "nodemon",
    [SUPERVISOR_FOREVER] = "forever",
    [SUPERVISOR_SHELL] = "shell",
    [SUPERVISOR_GUNICORN] = "gunicorn",
    [SUPERVISOR_UWSGI] = "uwsgi",
    [SUPERVISOR_NGINX] = "nginx",
    [SUPERVISOR_PHP_FPM] = "php-fpm",
    [SUPERVISOR_OTHER] = "other",
};
static_assert(sizeof supervisor_names / sizeof *supervisor_names == SUPERVISOR_COUNT, "each");

static const char engine_names[][11] = {
    [ENGINE_NONE] = "",
    [ENGINE_DOCKER] = "docker",
    [ENGINE_PODMAN] = "podman",
    [ENGINE_CONTAINERD] = "containerd",
    [ENGINE_NERDCTL] = "nerdctl",
    [ENGINE_CRIO] = "cri-o",
    [ENGINE_KUBERNETES] = "kubernetes",
    [ENGINE_LXC] = "lxc",
    [ENGINE_LXD] = "lxd",
    [ENGINE_MACHINED] = "machined",
};
static_assert(sizeof engine_names / sizeof *engine_names == ENGINE_COUNT, "one name each");

const char *supervisor_kind_name(enum supervisor_kind kind)
{
    return kind == SUPERVISOR_NONE ? NULL : supervisor_names[kind];
}

const char *container_engine_name(enum container_engine engine)
{
    return engine == ENGINE_NONE ? NULL : engine_names[engine];
}

#include "rules/identity.h"

#include <assert.h>
#include <stddef.h>

static const char supervisor_names[][13] = {
    "", /* SUPERVISOR_NONE */
#define SUPERVISOR(kind, name, ...) name,
#include "rules/supervisors.def"
};

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
    [ENGINE_INCUS] = "incus",
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

#include "rules/keeper.h"

#include <assert.h>
#include <string.h>

/* systemd: systemd.socket(5). docker-proxy: moby's userland proxy; rootlesskit has the ports of a
 * daemon without root. conmon holds the ports of Podman's containers, rootlessport forwards them.
 * kube-proxy: NodePort services. */
static const struct {
    char program[14];
    enum keeper keeper;
} programs[] = {
    {"systemd", KEEPER_SYSTEMD},     {"docker-proxy", KEEPER_DOCKER},
    {"rootlesskit", KEEPER_DOCKER},  {"conmon", KEEPER_PODMAN},
    {"rootlessport", KEEPER_PODMAN}, {"kube-proxy", KEEPER_KUBERNETES},
};

static const char meanings[][76] = {
    [KEEPER_NONE] = "",
    [KEEPER_SYSTEMD] = "It keeps sockets for units that it starts on demand (socket activation).",
    [KEEPER_DOCKER] = "It has the ports that containers of Docker have published.",
    [KEEPER_PODMAN] = "It has the ports that a container of Podman has published.",
    [KEEPER_KUBERNETES] = "It has the ports that services of Kubernetes have published.",
};
static_assert(sizeof meanings / sizeof *meanings == KEEPER_COUNT, "one sentence each");

static bool runs(const struct owner *owner, const char *program)
{
    const char *name = owner->exe == NULL ? NULL : strrchr(owner->exe, '/');

    return owner->comm != NULL && strcmp(owner->comm, program) == 0 &&
           (name == NULL || strcmp(name + 1, program) == 0);
}

enum keeper keeper_of(const struct owner *owner)
{
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (runs(owner, programs[i].program))
            return programs[i].keeper;
    return KEEPER_NONE;
}

const char *keeper_meaning(enum keeper keeper)
{
    return meanings[keeper];
}

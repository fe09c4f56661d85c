#include "rules/proxy.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

/* systemd: systemd.socket(5). docker-proxy: moby's userland proxy; rootlesskit has the ports of a
 * daemon without root. conmon holds the ports of Podman's containers, rootlessport forwards them.
 * slirp4netns and pasta do so for those without root. lxd and incusd have the ports of proxy
 * devices, each by a child of theirs. kube-proxy: NodePort services. pm2 in cluster
 * mode has its apps' ports itself, and calls itself "PM2 v5.4.3: God Daemon". */
static const struct {
    char program[14];
    char file[14]; /* what its file is called, if otherwise; "*" = an interpreter */
    enum proxy proxy;
} programs[] = {
    {"systemd", "", PROXY_SYSTEMD},
    {"docker-proxy", "", PROXY_DOCKER},
    {"rootlesskit", "", PROXY_DOCKER},
    {"conmon", "", PROXY_PODMAN},
    {"rootlessport", "", PROXY_PODMAN},
    {"slirp4netns", "", PROXY_PODMAN},
    {"pasta", "passt", PROXY_PASST},
    {"passt", "", PROXY_PASST},
    {"lxd", "", PROXY_LXD},
    {"incusd", "", PROXY_LXD},
    {"kube-proxy", "", PROXY_KUBERNETES},
    {"PM2 v", "*", PROXY_PM2},
};

static const char meanings[][76] = {
    [PROXY_NONE] = "",
    [PROXY_SYSTEMD] = "It keeps sockets for units that it starts on demand (socket activation).",
    [PROXY_DOCKER] = "It has the ports that containers of Docker have published.",
    [PROXY_PODMAN] = "It has the ports that a container of Podman has published.",
    [PROXY_PASST] = "It has the ports of a virtual machine, or of a network namespace.",
    [PROXY_LXD] = "It has the port that a proxy device of a container listens on.",
    [PROXY_PM2] = "It has the ports of the apps that it runs in cluster mode.",
    [PROXY_KUBERNETES] = "It has the ports that services of Kubernetes have published.",
};
static_assert(sizeof meanings / sizeof *meanings == PROXY_COUNT, "one sentence each");

static bool has_argument(const struct owner *owner, const char *argument)
{
    return owner->identity != NULL && owner->identity->args != NULL &&
           strstr(owner->identity->args, argument) != NULL;
}

/* NAME, or NAME.avx2: passt and pasta come in one file for each kind of processor. */
static bool is_called(const char *name, const char *called)
{
    size_t length = strlen(called);

    return text_begins_with(name, called) &&
           (name[length] == '\0' || text_begins_with(name + length, ".avx"));
}

static bool runs(const struct owner *owner, size_t i)
{
    const char *base = owner->exe == NULL ? NULL : text_base_name(owner->exe);
    const char *file = programs[i].file[0] != '\0' ? programs[i].file : programs[i].program;

    if (owner->comm == NULL)
        return false;
    if (*file == '*')
        return text_begins_with(owner->comm, programs[i].program);
    return is_called(owner->comm, programs[i].program) &&
           (base == NULL || is_called(base, file) || is_called(base, programs[i].program));
}

/* Podman gives pasta a namespace by its path; by hand it makes one for a command. Its comm is then
 * passt.avx2, whichever it is. LXD's own port is the daemon's. */
enum proxy proxy_of(const struct owner *owner)
{
    enum proxy proxy = PROXY_NONE;

    for (size_t i = 0; i < sizeof programs / sizeof *programs && proxy == PROXY_NONE; i++)
        if (runs(owner, i))
            proxy = programs[i].proxy;
    if (proxy == PROXY_PASST && has_argument(owner, "--netns"))
        return PROXY_PODMAN;
    return proxy == PROXY_LXD && !has_argument(owner, " forkproxy ") ? PROXY_NONE : proxy;
}

const char *proxy_meaning(enum proxy proxy)
{
    return meanings[proxy];
}

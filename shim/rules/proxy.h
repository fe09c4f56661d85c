/* Programs that have sockets on behalf of others. To end one of them stops more than the server
 * that is meant, or does not even free the port. Pure. */
#ifndef REUSESHIM_RULES_PROXY_H
#define REUSESHIM_RULES_PROXY_H

#include "rules/evidence.h"

enum proxy {
    PROXY_NONE = 0,
    PROXY_SYSTEMD,    /* socket activation, by the system's manager or a user's */
    PROXY_DOCKER,     /* published ports, as in all that follow */
    PROXY_PODMAN,
    PROXY_PASST,      /* of a virtual machine, or of a container by hand */
    PROXY_LXD,        /* a proxy device of LXD's or Incus' */
    PROXY_PM2,        /* its God daemon, in cluster mode */
    PROXY_KUBERNETES,
    PROXY_COUNT
};

/* Which of them OWNER is, by its name and, where that is known, its file's. */
enum proxy proxy_of(const struct owner *owner);

/* What it has sockets for: a sentence that begins with 'It'. KEEPER is not PROXY_NONE. */
const char *proxy_meaning(enum proxy proxy);

#endif

/* Programs that have sockets on behalf of others. To end one of them stops more than the server
 * that is meant, or does not even free the port. Pure. */
#ifndef REUSESHIM_RULES_KEEPER_H
#define REUSESHIM_RULES_KEEPER_H

#include "rules/evidence.h"

enum keeper {
    KEEPER_NONE = 0,
    KEEPER_SYSTEMD,    /* socket activation, by the system's manager or a user's */
    KEEPER_DOCKER,     /* published ports, as in all that follow */
    KEEPER_PODMAN,
    KEEPER_PASST,      /* of a virtual machine, or of a container by hand */
    KEEPER_PM2,        /* its God daemon, in cluster mode */
    KEEPER_KUBERNETES,
    KEEPER_COUNT
};

/* Which of them OWNER is, by its name and, where that is known, its file's. */
enum keeper keeper_of(const struct owner *owner);

/* What it has sockets for: a sentence that begins with 'It'. KEEPER is not KEEPER_NONE. */
const char *keeper_meaning(enum keeper keeper);

#endif

/* Which container a process is in, by the path of its cgroup. Pure. */
#ifndef REUSESHIM_RULES_CONTAINER_H
#define REUSESHIM_RULES_CONTAINER_H

#include <stddef.h>

#include "rules/identity.h"

/* A container as a cgroup's path names it; START and LENGTH of its id or name in that path. */
struct container_found {
    enum container_engine engine;
    bool by_name; /* a name, not an id */
    const char *start;
    size_t length;
};

/* Fills FOUND with the innermost container of PATH; false if it names none. */
bool container_in(const char *path, struct container_found *found);

/* LXC's containers, LXD's and Incus' have cgroups of one name; whose it is tells the process above
 * the container, which calls itself "[lxc monitor] FOLDER NAME". ENGINE_NONE = of none. */
enum container_engine container_of_monitor(const char *title);

/* The command that stops one of ENGINE, up to its id or name; NULL if there is none. */
const char *container_stop(enum container_engine engine);

#endif

/* Which container a process is in, by the path of its cgroup, and whether it is in one, by its
 * mounts. Pure. */
#ifndef REUSESHIM_RULES_CONTAINER_H
#define REUSESHIM_RULES_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
 * the container, which calls itself "[lxc monitor] FOLDER NAME". Sets NAME to the container's in
 * TITLE. ENGINE_NONE = of none. */
enum container_engine container_of_monitor(const char *title, const char **name);

/* What is known of the mounts of /proc: two ids, of which 0 is none; and whether an engine's masks
 * lie on it. */
struct container_mounts {
    uint64_t proc;
    uint64_t sys; /* /proc/sys, where it is a mount of its own */
    bool masked;
};

/* Adds LINE of /proc/self/mountinfo to MOUNTS, which begins as zeros. The last /proc is on top. */
void container_take_mount(struct container_mounts *mounts, const char *line);

/* The command that stops one of ENGINE, up to its id or name; NULL if there is none. */
const char *container_stop(enum container_engine engine);

#endif

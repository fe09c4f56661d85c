/* A process as people know it: what it runs, where, for whom, who starts it again, and whether a
 * signal would end it. Values only; proc/ fills them in, rules/ judges, report/ prints.
 *
 * Strings belong to the part that filled them in. NULL, 0 and false mean 'not known', or 'not
 * seen'.
 */
#ifndef REUSESHIM_RULES_IDENTITY_H
#define REUSESHIM_RULES_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum {
    IDENTITY_ARGS_MAX = 240,    /* bytes of a command line that are kept */
    IDENTITY_PROGRAM_MAX = 80   /* of a program's name */
};

/* Who starts a process again when it ends, or has it as a part of itself. */
enum supervisor_kind {
    SUPERVISOR_NONE = 0,
#define SUPERVISOR(kind, ...) SUPERVISOR_##kind,
#include "rules/supervisors.def"
    SUPERVISOR_COUNT
};

/* "systemd", "supervisord", ...; NULL for SUPERVISOR_NONE. */
const char *supervisor_kind_name(enum supervisor_kind kind);

struct supervisor {
    enum supervisor_kind kind;
    int32_t pid;        /* the supervising process; 0 = not known */
    const char *comm;   /* ... and its name */
    const char *name;   /* of what it supervises, in its own words: a unit, GROUP:NAME, an app */
    const char *folder; /* what it takes to reach it: the service's folder, PM2_HOME */
    const char *config; /* its configuration's file, as given to it */
    bool over_caller;   /* it is an ancestor of the caller: its end would be the caller's */
    bool through;       /* another process stands between, and would be ended alone */
};

enum container_engine {
    ENGINE_NONE = 0,
    ENGINE_DOCKER,
    ENGINE_PODMAN,
    ENGINE_CONTAINERD,
    ENGINE_NERDCTL,
    ENGINE_CRIO,
    ENGINE_KUBERNETES,
    ENGINE_LXC,
    ENGINE_LXD,
    ENGINE_INCUS,
    ENGINE_MACHINED,
    ENGINE_COUNT
};

/* "docker", "podman", ...; NULL for ENGINE_NONE. */
const char *container_engine_name(enum container_engine engine);

struct container {
    enum container_engine engine;
    const char *id;   /* hexadecimal, whole */
    const char *name; /* of an LXC container or a machine */
};

/* Whether a process can be ended, by what /proc/PID/stat and status show. */
struct vitals {
    bool dying;         /* it exits, dumps core, or SIGKILL is on its way to it */
    bool stopped;       /* Ctrl-Z, SIGSTOP, a debugger */
    bool in_kernel;     /* state D: it waits in the kernel, and no signal reaches it meanwhile */
    bool dead_leader;   /* its first thread has ended, others go on */
    bool ignores_term;  /* SIGTERM is ignored */
    bool blocks_term;   /* SIGTERM is blocked in each thread, and no signalfd takes it */
    bool handles_term;  /* SIGTERM has a handler */
    bool first;         /* pid 1 of a pid namespace that is not ours: SIGTERM needs a handler */
    bool first_of_ours; /* pid 1 of our own pid namespace: not even SIGKILL ends it */
};

struct identity {
    const char *args;    /* the command line, bounded, secrets masked */
    const char *program; /* what an interpreter runs: script, module, main class, jar; else NULL */
    const char *cwd;
    const char *user;    /* the name of its user */
    int32_t parent;      /* pid */
    const char *parent_comm;
    bool parent_may_restart; /* it is its only child; nothing else speaks for it or against it */
    struct vitals vitals;
    struct supervisor supervisor;
    struct container container;
};

/* Adds ARGS, a command line as above, in at most LIMIT bytes: whole words, then " ..." in the place
 * of the rest. Its first word, a path, is shown by its last part. */
void identity_print_args(struct text *text, const char *args, size_t limit);

#endif

/* What this process was asked to do: the environment, read once.
 *
 * A hook may be called before our constructor has run (by another library's constructor): then the
 * first hook reads the settings. While one thread reads them, calls of others go straight through.
 */
#ifndef REUSESHIM_HOOK_SETUP_H
#define REUSESHIM_HOOK_SETUP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/rare.h"
#include "rules/settings.h"

enum mode {
    MODE_UNSET = 0, /* the settings have not been read */
    MODE_READING,   /* ... are being read */
    MODE_OFF,       /* straight through: other programs are meant, off for all, or set-user-ID */
    MODE_PLAIN,     /* explain for every socket, the default: nothing to decide before a call */
    MODE_POLICY,    /* there are rules */
};

/* Written in setup.c alone, once for each step. */
extern OURS _Atomic int setup_mode_known;

/* Reads the settings if nobody has yet, and returns the mode then. errno is kept. */
RARE enum mode setup_read(void);

/* The mode now. One load once it is set. errno is kept. */
HOT enum mode setup_mode(void)
{
    int mode = atomic_load_explicit(&setup_mode_known, memory_order_acquire);

    return mode != MODE_UNSET ? (enum mode)mode : setup_read();
}

/* The settings. Constant once the mode is PLAIN or POLICY. */
const struct settings *setup_settings(void);

/* True if no rule changes anything: explain, log and off alone. */
bool setup_only_watches(void);

/* Set in setup.c by the first that tries to open libunwind, so that nobody tries twice. */
extern OURS _Atomic int setup_stacks_tried;

/* Gets stacks ready if that can be done safely here and now: in a process of one thread that is not
 * in a signal handler, nor a child of fork, nor confined (seccomp). Once; later calls do nothing.
 * errno is kept. */
RARE void setup_try_stacks(void);

/* The same, from socket(): one load once it is done. */
HOT void setup_stacks(void)
{
    if (!atomic_load_explicit(&setup_stacks_tried, memory_order_relaxed))
        setup_try_stacks();
}

#endif

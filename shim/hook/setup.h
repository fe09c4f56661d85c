/* What this process was asked to do: the environment, read once.
 *
 * A hook may be called before our constructor has run (by another library's constructor): then the
 * first hook reads the settings. While one thread reads them, calls of others go straight through.
 */
#ifndef REUSESHIM_HOOK_SETUP_H
#define REUSESHIM_HOOK_SETUP_H

#include <stdbool.h>

#include "rules/settings.h"

enum mode {
    MODE_UNSET = 0, /* the settings have not been read */
    MODE_READING,   /* ... are being read */
    MODE_OFF,       /* straight through: other programs are meant, off for all, or set-user-ID */
    MODE_PLAIN,     /* explain for every socket, the default: nothing to decide before a call */
    MODE_POLICY,    /* there are rules */
};

/* The mode now. One load once it is set. errno is kept. */
enum mode setup_mode(void);

/* The settings. Constant once the mode is PLAIN or POLICY. */
const struct settings *setup_settings(void);

/* Gets stacks ready if that can be done safely here and now: once, from socket(), in a process of
 * one thread that is not in a signal handler, nor a child of fork, nor confined (seccomp). errno is
 * kept. */
void setup_stacks(void);

#endif

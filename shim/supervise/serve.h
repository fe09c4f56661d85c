/* The supervisor at work: answers the notices of a listener until nobody is under its filter any
 * more.
 *
 * One notice at a time is answered; several threads may be on their way out of their calls, or wait
 * for their next try, meanwhile. Nothing of a program's is held while its call runs: a copy of its
 * descriptor would keep its socket alive.
 */
#ifndef REUSESHIM_SUPERVISE_SERVE_H
#define REUSESHIM_SUPERVISE_SERVE_H

#include "rules/settings.h"
#include "supervise/memory.h"

enum serve_end {
    SERVE_DONE = 0,   /* no process is left under the filter */
    SERVE_UNGUARDED,  /* the guardian's end of the pipe was closed: nothing is on its way */
};

/* Serves LISTENER; GUARD is readable, or closed at its other end, once the guardian is gone. */
enum serve_end serve(int listener, int guard, const struct settings *settings,
                     struct memory_shared *memory);

#endif

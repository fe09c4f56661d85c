/* Programs without the C library, or with one of their own: their calls are seen from outside, by a
 * filter (seccomp(2), user notification) and a supervisor. Everything that the process starts is
 * seen alike. The calls are made by the kernel for the program itself: users, folders, umask and
 * confinement are its own.
 */
#ifndef REUSESHIM_SUPERVISE_SUPERVISE_H
#define REUSESHIM_SUPERVISE_SUPERVISE_H

#include "base/text.h"
#include "rules/settings.h"

enum supervise_start {
    SUPERVISE_ON = 0,
    SUPERVISE_NOT,    /* the process is as it was */
    SUPERVISE_BROKEN, /* it is under the filter, and nobody answers: it should end */
};

/* Puts this process under supervision, to exec the program then. Where that cannot be, TROUBLE gets
 * a sentence on why. SETTINGS must live on.
 *
 * Two processes are left behind, which are no children of this one, hold none of its descriptors,
 * and end with the last process under the filter: see supervise/guard.h. */
enum supervise_start supervise_start(const struct settings *settings, struct text *trouble);

#endif

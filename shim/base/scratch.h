/* Memory for one explanation: handed out piece by piece, given back all at once by its owner.
 *
 * An explanation may run on a signal stack of 16 KiB, so what it gathers lives here and not on the
 * stack; and never on the program's heap. Not locked: one explanation has one scratch.
 */
#ifndef REUSESHIM_BASE_SCRATCH_H
#define REUSESHIM_BASE_SCRATCH_H

#include <stddef.h>

struct scratch {
    char *next;
    char *end;
};

/* SIZE zeroed bytes aligned for any object, or NULL when the scratch is used up. */
void *scratch_take(struct scratch *scratch, size_t size);

/* A copy of COUNT bytes and a NUL, or NULL when the scratch is used up. */
const char *scratch_copy(struct scratch *scratch, const char *bytes, size_t count);

#endif

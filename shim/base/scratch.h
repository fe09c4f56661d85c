/* Memory for one explanation: handed out piece by piece, given back all at once by its owner.
 *
 * An explanation may run on a signal stack of 16 KiB, so what it gathers lives here and not on the
 * stack; and never on the program's heap. Not locked: one explanation has one scratch.
 */
#ifndef REUSESHIM_BASE_SCRATCH_H
#define REUSESHIM_BASE_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

struct scratch {
    char *next;
    char *end;
};

/* SIZE zeroed bytes aligned for any object, or NULL when the scratch is used up. */
void *scratch_take(struct scratch *scratch, size_t size);

/* A copy of COUNT bytes and a NUL, or NULL when the scratch is used up. */
const char *scratch_copy(struct scratch *scratch, const char *bytes, size_t count);

/* Memory for a while. */
struct loan {
    void *memory; /* aligned for any object, not zeroed; NULL = there is none */
    size_t size;
    bool mapped;  /* a mapping of its own */
};

/* Lends SIZE bytes from the far end of SCRATCH, which keeps at least as much to be taken; where it
 * cannot, or is NULL, a mapping. Loans that follow each other get the same pages: the first touch
 * of a page is dearer than what is then done with it. */
struct loan scratch_borrow(struct scratch *scratch, size_t size);

/* Takes LOAN back. The last one that was lent comes first. */
void scratch_repay(struct scratch *scratch, const struct loan *loan);

#endif

#include "base/scratch.h"

#include <stdalign.h>
#include <string.h>

#include "base/sys.h"

enum { LOAN_UNIT = 64 * 1024 }; /* bytes: all loans up to this one start at the same place */

void *scratch_take(struct scratch *scratch, size_t size)
{
    size_t whole = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    void *memory = scratch->next;

    if (whole < size || (size_t)(scratch->end - scratch->next) < whole)
        return NULL;
    scratch->next += whole;
    return memset(memory, 0, whole);
}

const char *scratch_copy(struct scratch *scratch, const char *bytes, size_t count)
{
    char *copy = scratch_take(scratch, count + 1);

    if (copy != NULL)
        memcpy(copy, bytes, count);
    return copy;
}

struct loan scratch_borrow(struct scratch *scratch, size_t size)
{
    size_t whole = (size + LOAN_UNIT - 1) / LOAN_UNIT * LOAN_UNIT;

    if (scratch == NULL || (size_t)(scratch->end - scratch->next) / 2 < whole)
        return (struct loan){sys_map(size), size, true};
    scratch->end -= whole;
    return (struct loan){scratch->end, whole, false};
}

void scratch_repay(struct scratch *scratch, const struct loan *loan)
{
    if (!loan->mapped)
        scratch->end += loan->size;
    else if (loan->memory != NULL)
        sys_unmap(loan->memory, loan->size);
}

#include "base/scratch.h"

#include <stdalign.h>
#include <string.h>

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

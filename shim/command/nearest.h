/* The known word that a mistyped one is nearest to. */
#ifndef REUSESHIM_COMMAND_NEAREST_H
#define REUSESHIM_COMMAND_NEAREST_H

#include <stddef.h>

/* The search for one WORD; 'found' is NULL until a candidate comes near enough. */
struct nearest {
    const char *word;
    const char *found;
    size_t distance;
};

/* Begins the search. WORD is kept, not copied. */
struct nearest nearest_to(const char *word);

/* Considers CANDIDATE, which is kept if it is the nearest so far: at most 2 letters wrong, left
 * out, put in or exchanged, and less than half of the word; upper case is as good as lower. */
void nearest_consider(struct nearest *nearest, const char *candidate);

#endif

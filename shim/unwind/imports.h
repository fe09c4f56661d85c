/* What loaded objects import: the names the loader looked up for them, and the slots it filled in.
 *
 * Read from the dynamic sections in memory, as the loader left them. All functions hold the
 * loader's list lock (dl_iterate_phdr) while they run: ordinary context only. errno is not changed.
 */
#ifndef REUSESHIM_UNWIND_IMPORTS_H
#define REUSESHIM_UNWIND_IMPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One import to be pointed elsewhere. */
struct import {
    const char *name;
    void (*replacement)(void);
    uintptr_t meant;  /* imports_redirect_others(): only where the slot holds this address */
    bool unbound_too; /* ... or has not been bound yet */
    bool replaced;    /* filled in: the object imports NAME, and every slot of it was changed */
};

/* Points IMPORTS[0..COUNT) of the loaded object that contains address INSIDE at their
 * replacements, in this object alone. Slots that the loader has made read-only are so again
 * afterwards. Returns 0; -ENOENT if no object contains INSIDE; or the error that kept a slot from
 * being changed. An import the object does not have is no error: its 'replaced' stays false.
 * Knows the relocations of x86, ARM and RISC-V; elsewhere no import is found. */
int imports_redirect(const void *inside, struct import *imports, size_t count);

/* The same in every object that is loaded now, but for the one that contains INSIDE, and only in
 * slots that hold what is meant. Where one cannot be changed it stays as it is. */
void imports_redirect_others(const void *inside, struct import *imports, size_t count);

/* Which of NAMES are undefined symbols of the program or of a library that is loaded now: bit 1 <<
 * I for name I. NAMES are 32 at most, each ended by a NUL and the last by two. Whoever defines a
 * name itself does not count, and neither does the object that contains address BUT (NULL = none).
 * Some 10 microseconds. */
uint32_t imports_loaded(const char *names, const void *but);

#endif

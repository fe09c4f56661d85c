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

/* What the imports of one object are pointed at. */
struct substitute {
    const char *names;     /* separated by blanks; "x*" stands for all that begin so */
    void (*instead)(void); /* NULL: they stay as they are */
};

/* Can slots be changed on this processor? Only where the relocations that store an address are
 * known: x86, ARM, RISC-V, s390x, little-endian POWER, LoongArch. */
bool imports_can_redirect(void);

/* Points each import of the loaded object that contains address INSIDE at what the first row of
 * TABLE[0..COUNT) with its name says, in this object alone. Slots that the loader has made
 * read-only are so again afterwards. Returns 0; or, with nothing changed, -ENOENT if no object
 * contains INSIDE, -ENOSYS if TABLE does not know an import or its slot cannot be changed: then
 * *STRANGER is its name, which belongs to the object; or the error that kept a slot from being
 * changed. */
int imports_redirect(const void *inside, const struct substitute *table, size_t count,
                     const char **stranger);

/* One import to be pointed elsewhere, in slots that hold what is meant. */
struct import {
    const char *name;
    void (*replacement)(void);
    uintptr_t meant;  /* the address that the slot holds */
    bool unbound_too; /* ... or it has not been bound yet */
};

/* Points IMPORTS[0..COUNT) at their replacements in every object that is loaded now, but for the
 * one that contains INSIDE. A slot that cannot be changed stays as it is. */
void imports_redirect_others(const void *inside, const struct import *imports, size_t count);

/* Which of NAMES are undefined symbols of the program or of a library that is loaded now: bit 1 <<
 * I for name I. NAMES are 32 at most, each ended by a NUL and the last by two. An object that
 * defines a name itself does not count, and neither does the object that contains address BUT (NULL
 * = none). Some 10 microseconds. */
uint32_t imports_loaded(const char *names, const void *but);

#endif

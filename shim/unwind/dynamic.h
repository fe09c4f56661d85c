/* One loaded object as its program headers and its dynamic section in memory tell: which symbols it
 * imports, and the slots that the loader filled in for them. errno is not changed.
 */
#ifndef REUSESHIM_UNWIND_DYNAMIC_H
#define REUSESHIM_UNWIND_DYNAMIC_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct relocations {
    const char *start;
    size_t size;  /* bytes */
    size_t entry; /* bytes of one */
};

enum { RELOCATIONS_PLT, RELOCATIONS_OTHER, RELOCATIONS_COUNT };

struct dynamic {
    ElfW(Addr) base;
    ElfW(Addr) read_only; /* what the linker would have read-only, [read_only, read_only_end) */
    ElfW(Addr) read_only_end;
    const ElfW(Dyn) *dynamic;
    const ElfW(Sym) *symbols;
    const char *strings;
    const uint32_t *hash;
    const uint32_t *gnu_hash;
    struct relocations relocations[RELOCATIONS_COUNT];
    size_t relative_count; /* relocations at the start of RELOCATIONS_OTHER without a symbol */
};

/* Does the loader store plain addresses on this processor in a way that is known here? x86, ARM,
 * RISC-V, s390x, little-endian POWER, LoongArch. */
bool dynamic_knows_slots(void);

/* Fills OBJECT from what dl_iterate_phdr() tells of it. False if it has no symbols. */
bool dynamic_read(struct dynamic *object, const struct dl_phdr_info *info);

/* Has the loader made the page of SLOT read-only, where pages have PAGE_SIZE bytes? It rounds both
 * ends down: the last page is still written to if the linker reckoned with smaller pages. */
bool dynamic_is_locked(const struct dynamic *object, uintptr_t slot, size_t page_size);

/* Is ADDRESS in a loaded part of that object? */
bool dynamic_contains(const struct dl_phdr_info *info, uintptr_t address);

/* The symbol INDEX is one that another object has to define. */
static inline bool dynamic_lacks(const struct dynamic *object, size_t index)
{
    return object->symbols[index].st_shndx == SHN_UNDEF;
}

/* A place that the loader filled in for a symbol. */
struct slot {
    const char *name;  /* of the symbol */
    uintptr_t address; /* of the slot */
    bool imported;     /* the object lacks the symbol */
    bool plain;        /* the slot holds the symbol's plain address */
};

/* Calls VISIT for each slot of OBJECT, until it answers something else than 0: the result. */
int dynamic_visit(const struct dynamic *object, int (*visit)(const struct slot *slot, void *data),
                  void *data);

#endif

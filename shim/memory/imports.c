#define _GNU_SOURCE /* dl_iterate_phdr */
#include "memory/imports.h"

#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "base/sys.h"

#if UINTPTR_MAX > 0xffffffff
#define SYMBOL_OF(info) ELF64_R_SYM(info)
#define TYPE_OF(info) ELF64_R_TYPE(info)
#else
#define SYMBOL_OF(info) ELF32_R_SYM(info)
#define TYPE_OF(info) ELF32_R_TYPE(info)
#endif

/* The relocations that store the plain address of a symbol. */
#if defined(__x86_64__)
enum { STORES_A = R_X86_64_JUMP_SLOT, STORES_B = R_X86_64_GLOB_DAT };
#elif defined(__i386__)
enum { STORES_A = R_386_JMP_SLOT, STORES_B = R_386_GLOB_DAT };
#elif defined(__aarch64__)
enum { STORES_A = R_AARCH64_JUMP_SLOT, STORES_B = R_AARCH64_GLOB_DAT };
#elif defined(__arm__)
enum { STORES_A = R_ARM_JUMP_SLOT, STORES_B = R_ARM_GLOB_DAT };
#elif defined(__riscv)
enum { STORES_A = R_RISCV_JUMP_SLOT, STORES_B = R_RISCV_64 };
#else
enum { STORES_A = -1, STORES_B = -1 };
#endif

struct relocations {
    const char *start;
    size_t size;  /* bytes */
    size_t entry; /* bytes of one */
};

enum { RELOCATIONS_PLT, RELOCATIONS_OTHER, RELOCATIONS_COUNT };

/* One loaded object: what its program headers and its dynamic section say. */
struct object {
    ElfW(Addr) base;
    ElfW(Addr) read_only; /* what the loader has made read-only, [read_only, read_only_end) */
    ElfW(Addr) read_only_end;
    const ElfW(Dyn) *dynamic;
    const ElfW(Sym) *symbols;
    const char *strings;
    const uint32_t *hash;
    const uint32_t *gnu_hash;
    struct relocations relocations[RELOCATIONS_COUNT];
    size_t relative_count; /* relocations at the start of RELOCATIONS_OTHER without a symbol */
};

/* glibc has turned the addresses in the dynamic section into real ones already, except for the
 * vDSO's; musl never does. */
static const void *in_memory(const struct object *object, ElfW(Addr) address)
{
    return (const void *)(address < object->base ? object->base + address : address);
}

static void note_relocations(struct object *object, const ElfW(Dyn) *entry)
{
    struct relocations *plt = &object->relocations[RELOCATIONS_PLT];
    struct relocations *other = &object->relocations[RELOCATIONS_OTHER];

    switch (entry->d_tag) {
    case DT_JMPREL:
        plt->start = in_memory(object, entry->d_un.d_ptr);
        break;
    case DT_PLTRELSZ:
        plt->size = entry->d_un.d_val;
        break;
    case DT_PLTREL:
        plt->entry = entry->d_un.d_val == DT_RELA ? sizeof(ElfW(Rela)) : sizeof(ElfW(Rel));
        break;
    case DT_RELA:
    case DT_REL:
        other->start = in_memory(object, entry->d_un.d_ptr);
        other->entry = entry->d_tag == DT_RELA ? sizeof(ElfW(Rela)) : sizeof(ElfW(Rel));
        break;
    case DT_RELASZ:
    case DT_RELSZ:
        other->size = entry->d_un.d_val;
        break;
    case DT_RELACOUNT:
    case DT_RELCOUNT:
        object->relative_count = entry->d_un.d_val;
        break;
    default:
        break;
    }
}

static bool object_read(struct object *object, const struct dl_phdr_info *info)
{
    *object = (struct object){
        .base = info->dlpi_addr,
        .relocations = {{NULL, 0, sizeof(ElfW(Rel))}, {NULL, 0, sizeof(ElfW(Rel))}},
    };
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];

        if (header->p_type == PT_DYNAMIC)
            object->dynamic = (const ElfW(Dyn) *)(info->dlpi_addr + header->p_vaddr);
        if (header->p_type == PT_GNU_RELRO) {
            object->read_only = info->dlpi_addr + header->p_vaddr;
            object->read_only_end = object->read_only + header->p_memsz;
        }
    }
    if (object->dynamic == NULL)
        return false;
    for (const ElfW(Dyn) *entry = object->dynamic; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_SYMTAB)
            object->symbols = in_memory(object, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_STRTAB)
            object->strings = in_memory(object, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_HASH)
            object->hash = in_memory(object, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_GNU_HASH)
            object->gnu_hash = in_memory(object, entry->d_un.d_ptr);
        else
            note_relocations(object, entry);
    }
    return object->symbols != NULL && object->strings != NULL;
}

static bool object_contains(const struct dl_phdr_info *info, uintptr_t address)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];

        if (header->p_type == PT_LOAD && address - info->dlpi_addr >= header->p_vaddr &&
            address - info->dlpi_addr - header->p_vaddr < header->p_memsz)
            return true;
    }
    return false;
}

/* Redirecting */

struct redirection {
    const void *inside;
    struct import *imports;
    size_t count;
    int result;
};

static int protect_page_of(uintptr_t address, int protection)
{
    uintptr_t page_size = (uintptr_t)getauxval(AT_PAGESZ);
    uintptr_t page = address & ~(page_size - 1);

    return (int)sys_call(SYS_mprotect, page, page_size, protection);
}

static int slot_write(const struct object *object, uintptr_t slot, uintptr_t value)
{
    bool locked = slot >= object->read_only && slot < object->read_only_end;
    int result = locked ? protect_page_of(slot, PROT_READ | PROT_WRITE) : 0;

    if (result < 0)
        return result;
    *(volatile uintptr_t *)slot = value;
    return locked ? protect_page_of(slot, PROT_READ) : 0;
}

static int slot_redirect(const struct object *object, const ElfW(Rel) *relocation,
                         const struct redirection *wanted)
{
    const ElfW(Sym) *symbol = &object->symbols[SYMBOL_OF(relocation->r_info)];
    int type = (int)TYPE_OF(relocation->r_info);

    if (type != (int)STORES_A && type != (int)STORES_B)
        return 0;
    for (size_t i = 0; i < wanted->count; i++) {
        struct import *import = &wanted->imports[i];
        int result;

        if (strcmp(object->strings + symbol->st_name, import->name) != 0)
            continue;
        result = slot_write(object, object->base + relocation->r_offset,
                            (uintptr_t)import->replacement);
        import->replaced = result == 0;
        return result;
    }
    return 0;
}

static int redirect_if_this(struct dl_phdr_info *info, size_t size, void *data)
{
    struct redirection *wanted = data;
    struct object object;

    (void)size;
    if (!object_contains(info, (uintptr_t)wanted->inside))
        return 0;
    wanted->result = object_read(&object, info) ? 0 : -ENOENT;
    for (size_t i = 0; i < RELOCATIONS_COUNT && wanted->result == 0; i++) {
        const struct relocations *table = &object.relocations[i];

        for (size_t at = 0; at < table->size && wanted->result == 0; at += table->entry)
            wanted->result = slot_redirect(&object, (const void *)(table->start + at), wanted);
    }
    return 1;
}

int imports_redirect(const void *inside, struct import *imports, size_t count)
{
    struct redirection wanted = {inside, imports, count, -ENOENT};

    dl_iterate_phdr(redirect_if_this, &wanted);
    return wanted.result;
}

/* Asking */

static bool symbol_is(const struct object *object, size_t index, const char *name)
{
    const ElfW(Sym) *symbol = &object->symbols[index];
    const char *found = object->strings + symbol->st_name;

    return symbol->st_shndx == SHN_UNDEF && found[0] == name[0] && strcmp(found, name) == 0;
}

/* A symbol table does not say how long it is. DT_HASH knows; in a DT_GNU_HASH table all undefined
 * symbols stand before the first hashed one. But an object that exports nothing has an empty
 * DT_GNU_HASH that names no such limit: 0 is returned. */
static size_t undefined_limit(const struct object *object)
{
    const uint32_t *table = object->gnu_hash;

    if (table != NULL) {
        const uint32_t *buckets = table + 4 + table[2] * (sizeof(ElfW(Addr)) / sizeof *table);

        for (size_t i = 0; i < table[0]; i++)
            if (buckets[i] != 0)
                return table[1];
    }
    return object->hash != NULL ? object->hash[1] : 0;
}

/* Without a limit the relocations tell which symbols are used. Such an object is a plain program,
 * and has few of them beside the relative ones that stand first. */
static bool relocations_name(const struct object *object, const char *name)
{
    for (size_t i = 0; i < RELOCATIONS_COUNT; i++) {
        const struct relocations *table = &object->relocations[i];
        size_t at = i == RELOCATIONS_OTHER ? object->relative_count * table->entry : 0;

        for (; at < table->size; at += table->entry) {
            const ElfW(Rel) *relocation = (const void *)(table->start + at);

            if (symbol_is(object, SYMBOL_OF(relocation->r_info), name))
                return true;
        }
    }
    return false;
}

static int imports_one(struct dl_phdr_info *info, size_t size, void *data)
{
    const char *name = data;
    struct object object;
    size_t limit;

    (void)size;
    if (!object_read(&object, info))
        return 0;
    limit = undefined_limit(&object);
    if (limit == 0)
        return relocations_name(&object, name);
    for (size_t i = 1; i < limit; i++)
        if (symbol_is(&object, i, name))
            return 1;
    return 0;
}

bool imports_loaded(const char *name)
{
    return dl_iterate_phdr(imports_one, (void *)(uintptr_t)name) != 0;
}

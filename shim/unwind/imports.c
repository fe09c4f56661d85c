#define _GNU_SOURCE /* dl_iterate_phdr */
#include "unwind/imports.h"

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
    const struct dl_phdr_info *cautious; /* of the object, where others may have been before */
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

/* A slot that is bound at the first call points into the object itself until then. */
static bool slot_is_meant(uintptr_t slot, const struct import *import,
                          const struct dl_phdr_info *cautious)
{
    uintptr_t now = *(const volatile uintptr_t *)slot;

    return cautious == NULL || now == import->meant ||
           (import->unbound_too && object_contains(cautious, now));
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

        if (strcmp(object->strings + symbol->st_name, import->name) != 0 ||
            !slot_is_meant(object->base + relocation->r_offset, import, wanted->cautious))
            continue;
        result = slot_write(object, object->base + relocation->r_offset,
                            (uintptr_t)import->replacement);
        import->replaced = result == 0;
        return result;
    }
    return 0;
}

static int redirect_in(const struct dl_phdr_info *info, const struct redirection *wanted)
{
    struct object object;
    int result = object_read(&object, info) ? 0 : -ENOENT;

    for (size_t i = 0; i < RELOCATIONS_COUNT && result == 0; i++) {
        const struct relocations *table = &object.relocations[i];
        size_t at = i == RELOCATIONS_OTHER ? object.relative_count * table->entry : 0;

        for (; at < table->size && result == 0; at += table->entry)
            result = slot_redirect(&object, (const void *)(table->start + at), wanted);
    }
    return result;
}

static int redirect_if_this(struct dl_phdr_info *info, size_t size, void *data)
{
    struct redirection *wanted = data;

    (void)size;
    if (!object_contains(info, (uintptr_t)wanted->inside))
        return 0;
    wanted->result = redirect_in(info, wanted);
    return 1;
}

int imports_redirect(const void *inside, struct import *imports, size_t count)
{
    struct redirection wanted = {inside, imports, count, -ENOENT, NULL};

    dl_iterate_phdr(redirect_if_this, &wanted);
    return wanted.result;
}

static int redirect_if_other(struct dl_phdr_info *info, size_t size, void *data)
{
    struct redirection *wanted = data;

    (void)size;
    wanted->cautious = info;
    if (!object_contains(info, (uintptr_t)wanted->inside))
        redirect_in(info, wanted);
    return 0;
}

void imports_redirect_others(const void *inside, struct import *imports, size_t count)
{
    struct redirection wanted = {inside, imports, count, 0, NULL};

    dl_iterate_phdr(redirect_if_other, &wanted);
}

/* Asking */

struct question {
    const char *names;
    const void *but;
    uint32_t found;
    uint32_t object_count; /* looked at so far: the program is the first */
};

/* The bit of the name that the object's symbol INDEX leaves undefined, 0 if it is none of NAMES. */
static uint32_t symbol_bit(const struct object *object, size_t index, const char *names)
{
    const ElfW(Sym) *symbol = &object->symbols[index];
    const char *name = object->strings + symbol->st_name;

    if (symbol->st_shndx != SHN_UNDEF)
        return 0;
    for (uint32_t bit = 1; *names != '\0'; names += strlen(names) + 1, bit <<= 1)
        if (name[0] == names[0] && strcmp(name, names) == 0)
            return bit;
    return 0;
}

/* A symbol table does not say how long it is. DT_HASH knows. In a DT_GNU_HASH table the symbols
 * that are not hashed come first, and undefined ones are among them, but for a few whose address
 * the program takes: for those ALL are counted, to the end of the last chain. An object that
 * exports nothing has an empty DT_GNU_HASH that names no limit: 0 is returned. */
static size_t symbol_count(const struct object *object, bool all)
{
    const uint32_t *table = object->gnu_hash, *buckets, *chains;
    uint32_t last = 0;

    if (table != NULL) {
        buckets = table + 4 + table[2] * (sizeof(ElfW(Addr)) / sizeof *table);
        chains = buckets + table[0];
        for (size_t i = 0; i < table[0]; i++)
            last = buckets[i] > last ? buckets[i] : last;
        if (last != 0 && !all)
            return table[1];
        while (last != 0 && (chains[last - table[1]] & 1) == 0)
            last++;
        if (last != 0)
            return (size_t)last + 1;
    }
    return object->hash != NULL ? object->hash[1] : 0;
}

/* Without a limit the relocations tell which symbols are used. Such an object is a plain program,
 * and has few of them beside the relative ones that stand first. */
static uint32_t bits_in_relocations(const struct object *object, const char *names)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < RELOCATIONS_COUNT; i++) {
        const struct relocations *table = &object->relocations[i];
        size_t at = i == RELOCATIONS_OTHER ? object->relative_count * table->entry : 0;

        for (; at < table->size; at += table->entry) {
            const ElfW(Rel) *relocation = (const void *)(table->start + at);

            bits |= symbol_bit(object, SYMBOL_OF(relocation->r_info), names);
        }
    }
    return bits;
}

static int imports_of_one(struct dl_phdr_info *info, size_t size, void *data)
{
    struct question *question = data;
    struct object object;
    size_t count;

    (void)size;
    if (object_contains(info, (uintptr_t)question->but) || !object_read(&object, info))
        return 0;
    count = symbol_count(&object, question->object_count++ == 0);
    if (count == 0)
        question->found |= bits_in_relocations(&object, question->names);
    for (size_t i = 1; i < count; i++)
        question->found |= symbol_bit(&object, i, question->names);
    return 0;
}

uint32_t imports_loaded(const char *names, const void *but)
{
    struct question question = {.names = names, .but = but};

    dl_iterate_phdr(imports_of_one, &question);
    return question.found;
}

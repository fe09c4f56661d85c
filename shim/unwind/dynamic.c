#define _GNU_SOURCE /* dl_phdr_info */
#include "unwind/dynamic.h"

#include <sys/auxv.h>

#if defined(__mips64) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* Five fields in the order of a big-endian number, each little-endian by itself. */
#define SYMBOL_OF(info) ((info) & 0xffffffff)
#define TYPE_OF(info) ((info) >> 56)
#elif UINTPTR_MAX > 0xffffffff
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
#elif defined(__s390x__)
enum { STORES_A = R_390_JMP_SLOT, STORES_B = R_390_GLOB_DAT };
#elif defined(__powerpc64__) && _CALL_ELF == 2
enum { STORES_A = R_PPC64_JMP_SLOT, STORES_B = R_PPC64_ADDR64 };
#elif defined(__loongarch__) && defined(R_LARCH_JUMP_SLOT)
enum { STORES_A = R_LARCH_JUMP_SLOT, STORES_B = R_LARCH_64 };
#else
enum { STORES_A = -1, STORES_B = -1 };
#endif

bool dynamic_knows_slots(void)
{
    return (int)STORES_A != -1;
}

/* glibc has turned the addresses in the dynamic section into real ones already, except for the
 * vDSO's; musl never does. */
static const void *in_memory(const struct dynamic *object, ElfW(Addr) address)
{
    return (const void *)(address < object->base ? object->base + address : address);
}

static void note_relocations(struct dynamic *object, const ElfW(Dyn) *entry)
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

bool dynamic_read(struct dynamic *object, const struct dl_phdr_info *info)
{
    *object = (struct dynamic){
        .base = info->dlpi_addr,
        .relocations = {{NULL, 0, sizeof(ElfW(Rel))}, {NULL, 0, sizeof(ElfW(Rel))}},
    };
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];

        if (header->p_type == PT_DYNAMIC)
            object->dynamic = (const ElfW(Dyn) *)(info->dlpi_addr + header->p_vaddr);
        /* The loader protects whole pages, and leaves the last, begun one writable: of 16 or 64 KiB
         * where the linker reckoned with 4. */
        if (header->p_type == PT_GNU_RELRO) {
            uintptr_t page = (uintptr_t)getauxval(AT_PAGESZ);
            uintptr_t start = info->dlpi_addr + header->p_vaddr;

            object->read_only = start - start % page;
            object->read_only_end = start + header->p_memsz;
            object->read_only_end -= object->read_only_end % page;
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

bool dynamic_is_locked(const struct dynamic *object, uintptr_t slot, size_t page_size)
{
    uintptr_t page = slot & ~(uintptr_t)(page_size - 1);

    return page + page_size > object->read_only && page + page_size <= object->read_only_end;
}

bool dynamic_contains(const struct dl_phdr_info *info, uintptr_t address)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];

        if (header->p_type == PT_LOAD && address - info->dlpi_addr >= header->p_vaddr &&
            address - info->dlpi_addr - header->p_vaddr < header->p_memsz)
            return true;
    }
    return false;
}

static int visit_one(const struct dynamic *object, const ElfW(Rel) *relocation,
                     int (*visit)(const struct slot *slot, void *data), void *data)
{
    size_t symbol = SYMBOL_OF(relocation->r_info);
    int type = (int)TYPE_OF(relocation->r_info);
    const struct slot slot = {
        .name = object->strings + object->symbols[symbol].st_name,
        .address = object->base + relocation->r_offset,
        .imported = dynamic_lacks(object, symbol),
        .plain = type == (int)STORES_A || type == (int)STORES_B,
    };

    return symbol == STN_UNDEF ? 0 : visit(&slot, data);
}

int dynamic_visit(const struct dynamic *object, int (*visit)(const struct slot *slot, void *data),
                  void *data)
{
    int result = 0;

    for (size_t i = 0; i < RELOCATIONS_COUNT && result == 0; i++) {
        const struct relocations *table = &object->relocations[i];
        size_t at = i == RELOCATIONS_OTHER ? object->relative_count * table->entry : 0;

        for (; at < table->size && result == 0; at += table->entry)
            result = visit_one(object, (const void *)(table->start + at), visit, data);
    }
    return result;
}

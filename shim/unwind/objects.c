#define _GNU_SOURCE /* _dl_find_object, RTLD_DEFAULT */
#include "unwind/objects.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/auxv.h>

enum { PAGE_LEAST = 4096 }; /* bytes */

#ifdef DLFO_STRUCT_HAS_EH_DBASE

/* Written by objects_prepare(). */
static int (*find_object)(void *, struct dl_find_object *);

/* Not linked with: an older C library has none, and would refuse us. */
void objects_prepare(void)
{
    void *address;

    if (find_object != NULL)
        return;
    address = dlsym(RTLD_DEFAULT, "_dl_find_object");
    memcpy(&find_object, &address, sizeof find_object);
    dlerror(); /* what failed here is not the program's business */
}

/* The program headers are no part of what _dl_find_object tells. Those of the program come from the
 * kernel, those of a library stand behind the ELF header at the start of its mapping. */
static bool headers_of(const struct dl_find_object *found, struct loaded *loaded)
{
    const char *start = found->dlfo_map_start;
    size_t size = (size_t)((const char *)found->dlfo_map_end - start);
    const ElfW(Ehdr) *header = found->dlfo_map_start;
    uintptr_t program = (uintptr_t)getauxval(AT_PHDR);

    if (program - (uintptr_t)start < size) {
        loaded->headers = (const ElfW(Phdr) *)program;
        loaded->header_count = (size_t)getauxval(AT_PHNUM);
        return true;
    }
    if (size < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_phentsize != sizeof(ElfW(Phdr)) || header->e_phoff > size ||
        header->e_phnum > (size - header->e_phoff) / sizeof(ElfW(Phdr)))
        return false;
    loaded->headers = (const void *)(start + header->e_phoff);
    loaded->header_count = header->e_phnum;
    /* The mapping must start with what the file starts with. */
    for (size_t i = 0; i < loaded->header_count; i++)
        if (loaded->headers[i].p_type == PT_LOAD && loaded->headers[i].p_offset == 0)
            return loaded->base + loaded->headers[i].p_vaddr == (uintptr_t)start;
    return false;
}

enum objects_answer objects_find(uintptr_t address, struct loaded *loaded)
{
    struct dl_find_object found;

    if (find_object == NULL)
        return OBJECTS_CANNOT_TELL;
    if (find_object((void *)address, &found) != 0)
        return OBJECTS_NONE;
    loaded->base = found.dlfo_link_map->l_addr;
    loaded->name = found.dlfo_link_map->l_name;
    return headers_of(&found, loaded) ? OBJECTS_FOUND : OBJECTS_CANNOT_TELL;
}

#else

void objects_prepare(void)
{
}

enum objects_answer objects_find(uintptr_t address, struct loaded *loaded)
{
    (void)address;
    (void)loaded;
    return OBJECTS_CANNOT_TELL;
}

#endif

bool objects_can_read(const struct loaded *loaded, uintptr_t address, size_t size)
{
    for (size_t i = 0; i < loaded->header_count; i++) {
        const ElfW(Phdr) *header = &loaded->headers[i];
        uintptr_t start = (loaded->base + header->p_vaddr) & ~(uintptr_t)(PAGE_LEAST - 1);
        uintptr_t end = loaded->base + header->p_vaddr + header->p_memsz;

        if (header->p_type == PT_LOAD && (header->p_flags & PF_R) && address >= start &&
            address < end && size <= end - address)
            return true;
    }
    return false;
}

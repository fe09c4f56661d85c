#include <string.h>

#include "unwind/elf.h"
#include "unwind/modules.h"
#include "unwind/objects.h"

static const char *build_id_of(const struct loaded *loaded, struct scratch *scratch)
{
    for (size_t i = 0; i < loaded->header_count; i++) {
        const ElfW(Phdr) *header = &loaded->headers[i];
        uintptr_t notes = loaded->base + header->p_vaddr;
        char text[ELF_BUILD_ID_MAX];
        size_t length = 0;

        if (header->p_type == PT_NOTE && objects_can_read(loaded, notes, header->p_memsz))
            length = elf_build_id_in((const char *)notes, header->p_memsz, text);
        if (length > 0)
            return scratch_copy(scratch, text, length);
    }
    return NULL;
}

/* It is in use, as its code is on the stack of this thread: nobody unloads it now. */
static enum objects_answer locate_one(struct place *place, const struct place *before,
                                      const char *program, struct scratch *scratch)
{
    struct loaded loaded;
    enum objects_answer answer = objects_find(place->pc - 1, &loaded);

    if (answer != OBJECTS_FOUND)
        return answer;
    place->module = loaded.name[0] == '\0' ? program : loaded.name;
    place->offset = place->pc - loaded.base;
    place->build_id = before != NULL && before->module == place->module
                          ? before->build_id
                          : build_id_of(&loaded, scratch);
    return answer;
}

bool modules_locate_loaded(const uintptr_t *pc, size_t count, const char *program,
                           struct place *places, struct scratch *scratch)
{
    const struct place *before = NULL;

    for (size_t i = 0; i < count; i++) {
        places[i] = (struct place){.pc = pc[i]};
        if (pc[i] == 0)
            continue;
        switch (locate_one(&places[i], before, program, scratch)) {
        case OBJECTS_FOUND: before = &places[i]; break;
        case OBJECTS_NONE: break;
        case OBJECTS_CANNOT_TELL: return false;
        }
    }
    return true;
}

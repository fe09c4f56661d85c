#include <stdbool.h>
#include <string.h>

#include "base/sys.h"
#include "unwind/elf.h"
#include "unwind/modules.h"

enum {
    QUERIES_MAX = 32,     /* places of one module named in one reading of its file */
    SYMBOL_BUFFER = 65536 /* bytes for section headers, and for symbols */
};

/* The places of one module that are named together. */
struct batch {
    struct place *places[QUERIES_MAX];
    struct elf_query queries[QUERIES_MAX];
    size_t count;
};

static bool same_module(const struct place *a, const struct place *b)
{
    return a->module != NULL && b->module != NULL &&
           (a->module == b->module || strcmp(a->module, b->module) == 0);
}

/* Gathers the next places of the same file as the first of PLACES[0..COUNT). */
static void batch_fill(struct batch *batch, struct place *places, size_t count)
{
    batch->count = 0;
    for (size_t i = 0; i < count && batch->count < QUERIES_MAX; i++) {
        uint64_t offset = places[i].offset;

        if (!same_module(&places[i], &places[0]))
            continue;
        batch->places[batch->count] = &places[i];
        /* The call is before the address it returns to: that one may be the next function's. */
        batch->queries[batch->count] = (struct elf_query){.address = offset == 0 ? 0 : offset - 1};
        batch->count++;
    }
}

static void place_name(struct place *place, const struct elf *elf, const struct elf_query *query,
                       struct scratch *scratch)
{
    char name[ELF_NAME_MAX];
    size_t length = query->found ? elf_function_name(elf, query, name) : 0;

    if (length == 0)
        return;
    place->symbol = scratch_copy(scratch, name, length);
    place->symbol_offset = place->offset - query->start;
}

static void batch_name(struct batch *batch, const struct elf *elf, void *buffer,
                       struct scratch *scratch)
{
    char text[ELF_BUILD_ID_MAX];
    size_t length = elf_build_id(elf, text);
    const char *build_id = length == 0 ? NULL : scratch_copy(scratch, text, length);

    elf_find_functions(elf, batch->queries, batch->count, buffer, SYMBOL_BUFFER);
    for (size_t i = 0; i < batch->count; i++) {
        struct place *place = batch->places[i];

        if (place->build_id == NULL)
            place->build_id = build_id;
        else if (length == 0 || strcmp(place->build_id, text) != 0)
            continue;
        if (place->symbol == NULL)
            place_name(place, elf, &batch->queries[i], scratch);
    }
}

/* True if PLACES[INDEX] is the first of its file, or the first after a full batch of it. */
static bool starts_batch(const struct place *places, size_t index)
{
    size_t before = 0;

    for (size_t i = 0; i < index; i++)
        before += same_module(&places[i], &places[index]);
    return places[index].module != NULL && before % QUERIES_MAX == 0;
}

void modules_name(struct place *places, size_t count, struct scratch *scratch)
{
    struct loan loan = scratch_borrow(scratch, SYMBOL_BUFFER);
    struct batch batch;

    for (size_t i = 0; i < count && loan.memory != NULL; i++) {
        struct elf elf;
        int fd;

        if (!starts_batch(places, i))
            continue;
        fd = elf_open_file(places[i].module);
        if (fd < 0)
            continue;
        batch_fill(&batch, places + i, count - i);
        if (elf_open(&elf, fd, 0) == 0)
            batch_name(&batch, &elf, loan.memory, scratch);
        sys_close(fd);
    }
    scratch_repay(scratch, &loan);
}

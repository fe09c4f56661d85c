#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "unwind/elf.h"
#include "unwind/modules.h"

enum {
    QUERIES_MAX = 32,     /* places of one module named in one reading of its file */
    LINKS_MAX = 4,        /* followed from one name to its file */
    PATH_BYTES = 512,
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

/* PATH, or what it leads to. A path that is too long stays as it is. ROOM is 2 * PATH_BYTES. */
static const char *past_links(const char *path, char *room, struct scratch *scratch)
{
    char *target = room + PATH_BYTES;

    for (int links = 0; links < LINKS_MAX; links++) {
        struct text next = text_in(room, PATH_BYTES);
        long length = sys_read_link(AT_FDCWD, path, target, PATH_BYTES);

        if (length <= 0 || length >= PATH_BYTES - 1)
            return path;
        if (target[0] != '/')
            text_bytes(&next, path, (size_t)(text_base_name(path) - path));
        text_add(&next, target);
        if (next.cut)
            return path;
        path = scratch_copy(scratch, room, next.used);
        if (path == NULL)
            return "";
    }
    return path;
}

/* The loader's name of a library is often a link, and the kernel's name of the same library is what
 * the link leads to: that one is taken, so that a place has one name. */
static int open_module(struct place *places, size_t count, size_t index, char *room,
                       struct scratch *scratch)
{
    const char *named = places[index].module, *real;
    int fd = elf_open_file(named);

    if (fd >= 0 || named[0] != '/')
        return fd;
    real = past_links(named, room, scratch);
    fd = real == named ? fd : elf_open_file(real);
    for (size_t i = count; i-- > 0 && fd >= 0;)
        if (i != index && same_module(&places[i], &places[index]))
            places[i].module = real;
    if (fd >= 0)
        places[index].module = real;
    return fd;
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
        fd = open_module(places, count, i, loan.memory, scratch);
        if (fd < 0)
            continue;
        batch_fill(&batch, places + i, count - i);
        if (elf_open(&elf, fd, 0) == 0)
            batch_name(&batch, &elf, loan.memory, scratch);
        sys_close(fd);
    }
    scratch_repay(scratch, &loan);
}

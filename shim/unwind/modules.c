#include "unwind/modules.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "unwind/elf.h"
#include "unwind/perf_map.h"
#include "proc/lines.h"

/* One line of /proc/self/maps. */
struct mapping {
    uint64_t start;
    uint64_t end;
    uint64_t offset;
    uint64_t device; /* major and minor */
    uint64_t inode;
    const char *name;
    size_t name_length;
};

/* "start-end perms offset major:minor inode   name" */
static bool mapping_parse(const char *line, size_t length, struct mapping *mapping)
{
    const char *at = line;
    const char *end = line + length;
    uint64_t major;
    uint64_t minor;

    if (!lines_number(&at, end, 16, &mapping->start) ||
        !lines_number(&at, end, 16, &mapping->end) || end - at < 5)
        return false;
    at += 5;
    if (!lines_number(&at, end, 16, &mapping->offset) || !lines_number(&at, end, 16, &major) ||
        !lines_number(&at, end, 16, &minor) || !lines_number(&at, end, 10, &mapping->inode))
        return false;
    while (at < end && *at == ' ')
        at++;
    mapping->device = major << 32 | minor;
    mapping->name = at;
    mapping->name_length = (size_t)(end - at);
    return true;
}

/* The call stands before the address it returns to, which may even be past the end. */
static bool mapping_holds(const struct mapping *mapping, uintptr_t pc)
{
    return pc != 0 && pc - 1 >= mapping->start && pc - 1 < mapping->end;
}

static bool is_vdso(const struct mapping *mapping)
{
    return mapping->name_length == 6 && memcmp(mapping->name, "[vdso]", 6) == 0;
}

/* Locating */

struct locator {
    const uintptr_t *pc;
    size_t count;
    struct place *places;
    struct scratch *scratch;
    bool names_only;
    int memory_fd;        /* /proc/self/mem, or -errno; not opened for names only */
    struct mapping first; /* the last mapping that started a file: its ELF header is there */
};

/* The path without what the kernel adds to it or escapes in it. */
static const char *name_copy(const struct mapping *mapping, bool cut_deleted,
                             struct scratch *scratch)
{
    static const char deleted[] = " (deleted)";
    size_t length = mapping->name_length;
    char *copy = scratch_take(scratch, length + 1);
    size_t used = 0;

    if (copy == NULL)
        return NULL;
    if (cut_deleted && text_bytes_end_with(mapping->name, length, deleted))
        length -= sizeof deleted - 1;
    for (size_t i = 0; i < length; i++) {
        if (length - i >= 4 && memcmp(mapping->name + i, "\\012", 4) == 0) {
            copy[used++] = '\n';
            i += 3;
        } else {
            copy[used++] = mapping->name[i];
        }
    }
    copy[used] = '\0';
    return copy;
}

/* Reads the ELF headers from memory: what is there is what runs, even if the file was replaced,
 * deleted or is out of reach. */
static bool headers_in_memory(const struct locator *locator, const struct mapping *mapping,
                              struct elf *elf)
{
    if (is_vdso(mapping))
        return elf_open(elf, locator->memory_fd, mapping->start) == 0;
    return locator->first.inode == mapping->inode && locator->first.device == mapping->device &&
           elf_open(elf, locator->memory_fd, locator->first.start) == 0;
}

static bool headers_in_file(const char *path, struct elf *elf)
{
    int fd = path == NULL ? -ENOENT : elf_open_file(path);
    bool known = fd >= 0 && elf_open(elf, fd, 0) == 0;

    if (fd >= 0)
        sys_close(fd);
    return known;
}

/* Fills the places in MAPPING, which holds at least one. Without a build id nothing would tell
 * another file of the same name from what runs: " (deleted)" then stays, and keeps the path from
 * being opened. */
static void mapping_fill(struct locator *locator, const struct mapping *mapping)
{
    char build_id[ELF_BUILD_ID_MAX] = "";
    const char *build_id_copy = NULL;
    const char *module;
    struct elf elf;
    bool known;

    if (mapping->name_length == 0 || (mapping->name[0] != '/' && !is_vdso(mapping)))
        return;
    known = !locator->names_only && headers_in_memory(locator, mapping, &elf);
    if (known && elf_build_id(&elf, build_id) > 0)
        build_id_copy = scratch_copy(locator->scratch, build_id, strlen(build_id));
    module = name_copy(mapping, build_id_copy != NULL, locator->scratch);
    if (!known && !locator->names_only)
        known = headers_in_file(module, &elf);
    for (size_t i = 0; i < locator->count; i++) {
        struct place *place = &locator->places[i];
        uint64_t call = locator->pc[i] - 1 - mapping->start + mapping->offset;

        if (!mapping_holds(mapping, locator->pc[i]))
            continue;
        place->module = module;
        place->build_id = build_id_copy;
        place->offset = call + 1;
        if (known && elf_address(&elf, call, &place->offset))
            place->offset++;
    }
}

static void locate_lines(struct locator *locator, struct lines *lines)
{
    uintptr_t highest = 0;
    const char *line;
    size_t length;

    for (size_t i = 0; i < locator->count; i++)
        if (locator->pc[i] > highest)
            highest = locator->pc[i];
    while (lines_next(lines, &line, &length)) {
        struct mapping mapping;
        bool wanted = false;

        if (!mapping_parse(line, length, &mapping))
            continue;
        if (mapping.start >= highest)
            return;
        if (mapping.offset == 0 && mapping.inode != 0)
            locator->first = mapping;
        for (size_t i = 0; i < locator->count && !wanted; i++)
            wanted = mapping_holds(&mapping, locator->pc[i]);
        if (wanted)
            mapping_fill(locator, &mapping);
    }
}

static void locate(struct locator *locator)
{
    struct loan loan = scratch_borrow(locator->scratch, LINES_BUFFER);
    struct lines lines = {.buffer = loan.memory};

    for (size_t i = 0; i < locator->count; i++)
        locator->places[i] = (struct place){.pc = locator->pc[i]};
    if (lines.buffer == NULL || locator->count == 0)
        return;
    lines.fd = sys_open_at(AT_FDCWD, "/proc/self/maps", O_RDONLY, 0);
    if (lines.fd >= 0) {
        locator->memory_fd = locator->names_only
                                 ? -1
                                 : sys_open_at(AT_FDCWD, "/proc/self/mem", O_RDONLY, 0);
        locate_lines(locator, &lines);
        if (locator->memory_fd >= 0)
            sys_close(locator->memory_fd);
        sys_close(lines.fd);
    }
    scratch_repay(locator->scratch, &loan);
}

void modules_locate(const uintptr_t *pc, size_t count, struct place *places,
                    struct scratch *scratch)
{
    locate(&(struct locator){.pc = pc, .count = count, .places = places, .scratch = scratch});
}

void modules_list(const uintptr_t *pc, size_t count, struct place *places,
                  struct scratch *scratch)
{
    locate(&(struct locator){
        .pc = pc, .count = count, .places = places, .scratch = scratch, .names_only = true});
}

struct stack modules_stack_unnamed(const struct trace *trace, struct scratch *scratch)
{
    struct place *places = scratch_take(scratch, trace->count * sizeof *places);

    if (places == NULL)
        return (struct stack){NULL, 0};
    modules_list(trace->pc, trace->count, places, scratch);
    return (struct stack){places, trace->count};
}

struct stack modules_stack(const struct trace *trace, struct scratch *scratch)
{
    struct place *places = scratch_take(scratch, trace->count * sizeof *places);

    if (places == NULL)
        return (struct stack){NULL, 0};
    modules_locate(trace->pc, trace->count, places, scratch);
    modules_name(places, trace->count, scratch);
    perf_map_name(places, trace->count, scratch);
    return (struct stack){places, trace->count};
}

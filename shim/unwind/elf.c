#include "unwind/elf.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/text.h"

#if UINTPTR_MAX > 0xffffffff
enum { OWN_CLASS = ELFCLASS64 };
#else
enum { OWN_CLASS = ELFCLASS32 };
#endif
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { OWN_ORDER = ELFDATA2LSB };
#else
enum { OWN_ORDER = ELFDATA2MSB };
#endif

enum {
    SECTIONS_MAX = 1024,   /* usual are about 40 */
    SYMBOLS_MAX = 1 << 21, /* 48 MiB of table, some 20 ms; a larger one is not worth the wait */
    NOTES_MAX = 1024,      /* bytes of one segment of notes that are looked at */
    HEADERS_AT_ONCE = 8,   /* program headers read in one piece; their room is on the stack */
    SYMBOLS_AT_ONCE = 512, /* 12 KiB: a further page touched costs more than a further read */
};

/* True if all SIZE bytes at OFFSET could be read. */
static bool read_all(const struct elf *elf, void *buffer, size_t size, uint64_t offset)
{
    if (offset > INT64_MAX - elf->base)
        return false;
    return sys_read_at(elf->fd, buffer, size, elf->base + offset) == (long)size;
}

int elf_open_file(const char *path)
{
    struct sys_file file;
    int fd;

    if (path[0] != '/' || sys_file_of_path(AT_FDCWD, path, &file) < 0 || !S_ISREG(file.mode))
        return -ENOENT;
    fd = sys_open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
    if (fd >= 0 && (sys_file_of_fd(fd, &file) < 0 || !S_ISREG(file.mode))) {
        sys_close(fd);
        return -ENOENT;
    }
    return fd;
}

static void segment_fill(struct elf_segment *segment, const ElfW(Phdr) *program)
{
    segment->type = program->p_type;
    segment->executable = (program->p_flags & PF_X) != 0;
    segment->offset = program->p_offset;
    segment->address = program->p_vaddr;
    segment->file_size = program->p_filesz;
}

static bool read_segments(struct elf *elf, const ElfW(Ehdr) *header)
{
    ElfW(Phdr) programs[HEADERS_AT_ONCE];
    uint32_t count = header->e_phnum < ELF_HEADERS_MAX ? header->e_phnum : ELF_HEADERS_MAX;

    while (elf->header_count < count) {
        uint32_t left = count - elf->header_count;
        uint32_t part = left < HEADERS_AT_ONCE ? left : HEADERS_AT_ONCE;

        if (!read_all(elf, programs, part * sizeof *programs,
                      header->e_phoff + elf->header_count * sizeof *programs))
            return false;
        for (uint32_t i = 0; i < part; i++)
            segment_fill(&elf->segments[elf->header_count++], &programs[i]);
    }
    return true;
}

int elf_open(struct elf *elf, int fd, uint64_t base)
{
    ElfW(Ehdr) header;

    *elf = (struct elf){.fd = fd, .base = base};
    if (!read_all(elf, &header, sizeof header, 0) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != OWN_CLASS ||
        header.e_ident[EI_DATA] != OWN_ORDER || header.e_phentsize != sizeof(ElfW(Phdr)))
        return -ENOEXEC;
    if (!read_segments(elf, &header))
        return -ENOEXEC;
    if (header.e_shentsize == sizeof(ElfW(Shdr))) {
        elf->section_offset = header.e_shoff;
        elf->section_count = header.e_shnum < SECTIONS_MAX ? header.e_shnum : SECTIONS_MAX;
    }
    return 0;
}

bool elf_address(const struct elf *elf, uint64_t offset, uint64_t *address)
{
    for (uint32_t i = 0; i < elf->header_count; i++) {
        const struct elf_segment *segment = &elf->segments[i];

        if (segment->type == PT_LOAD && segment->executable && offset >= segment->offset &&
            offset - segment->offset < segment->file_size) {
            *address = offset - segment->offset + segment->address;
            return true;
        }
    }
    return false;
}

/* A note is its header, its name and its contents, the last two padded to 4 bytes. (Those padded to
 * 8 are property notes in a segment of their own, without a build id.) */
size_t elf_build_id_in(const char *notes, size_t size, char text[ELF_BUILD_ID_MAX])
{
    struct text id = text_in(text, ELF_BUILD_ID_MAX);
    size_t at = 0;

    while (size - at >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        size_t name;
        size_t contents;

        memcpy(&note, notes + at, sizeof note);
        name = at + sizeof note;
        if (note.n_namesz > size || note.n_descsz > size)
            return 0;
        contents = name + ((note.n_namesz + 3u) & ~3u);
        if (contents > size || note.n_descsz > size - contents)
            return 0;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(notes + name, "GNU", 4) == 0 && note.n_descsz < ELF_BUILD_ID_MAX / 2 + 1) {
            for (size_t i = 0; i < note.n_descsz; i++)
                text_hex(&id, (unsigned char)notes[contents + i], 2);
            return id.used;
        }
        at = contents + ((note.n_descsz + 3u) & ~3u);
        if (at > size)
            return 0;
    }
    return 0;
}

size_t elf_build_id(const struct elf *elf, char text[ELF_BUILD_ID_MAX])
{
    char notes[NOTES_MAX];

    for (uint32_t i = 0; i < elf->header_count; i++) {
        const struct elf_segment *segment = &elf->segments[i];
        size_t size = segment->file_size < NOTES_MAX ? (size_t)segment->file_size : NOTES_MAX;
        size_t found;

        if (segment->type != PT_NOTE || !read_all(elf, notes, size, segment->offset))
            continue;
        found = elf_build_id_in(notes, size, text);
        if (found > 0)
            return found;
    }
    return 0;
}

/* Symbols */

/* Finds the table of symbols and that of their names among all section headers, which are read into
 * BUFFER, as many as have room there. */
static bool find_symbols(const struct elf *elf, ElfW(Shdr) *symbols, ElfW(Shdr) *names,
                         void *buffer, size_t size)
{
    const ElfW(Shdr) *sections = buffer;
    size_t room = size / sizeof *sections;
    size_t count = elf->section_count < room ? elf->section_count : room;
    const ElfW(Shdr) *found = NULL;

    if (!read_all(elf, buffer, count * sizeof *sections, elf->section_offset))
        return false;
    for (size_t i = 0; i < count && (found == NULL || found->sh_type != SHT_SYMTAB); i++) {
        const ElfW(Shdr) *section = &sections[i];

        if (section->sh_entsize == sizeof(ElfW(Sym)) &&
            (section->sh_type == SHT_SYMTAB || (section->sh_type == SHT_DYNSYM && found == NULL)))
            found = section;
    }
    if (found == NULL || found->sh_link >= count)
        return false;
    *symbols = *found;
    *names = sections[found->sh_link];
    return true;
}

/* Of several names for one function the global one is what people know it by. The macros for
 * st_info are the same for both word sizes. */
static uint32_t rank_of(const ElfW(Sym) *symbol)
{
    switch (ELF32_ST_BIND(symbol->st_info)) {
    case STB_GLOBAL:
        return 3;
    case STB_WEAK:
        return 2;
    default:
        return 1;
    }
}

static bool covers(uint64_t start, uint64_t size, uint64_t address)
{
    return address - start < size;
}

/* A function that contains the address beats one that does not; then the nearer one wins. */
static bool better(const struct elf_query *query, const ElfW(Sym) *symbol)
{
    bool now = covers(symbol->st_value, symbol->st_size, query->address);
    bool before = covers(query->start, query->size, query->address);

    if (query->rank == 0 || now != before)
        return query->rank == 0 || now;
    if (symbol->st_value != query->start)
        return symbol->st_value > query->start;
    return rank_of(symbol) > query->rank;
}

static void consider(struct elf_query *queries, size_t count, const ElfW(Sym) *symbol,
                     const ElfW(Shdr) *names)
{
    unsigned int type = ELF32_ST_TYPE(symbol->st_info);

    if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol->st_shndx == SHN_UNDEF ||
        symbol->st_name == 0 || symbol->st_name >= names->sh_size)
        return;
    for (size_t i = 0; i < count; i++) {
        struct elf_query *query = &queries[i];

        if (symbol->st_value > query->address || !better(query, symbol))
            continue;
        query->start = symbol->st_value;
        query->size = symbol->st_size;
        query->rank = rank_of(symbol);
        query->name = (uint64_t)names->sh_offset + symbol->st_name;
        query->name_end = (uint64_t)names->sh_offset + names->sh_size;
        query->found =
            query->size == 0 || covers(query->start, query->size, query->address);
    }
}

void elf_find_functions(const struct elf *elf, struct elf_query *queries, size_t count,
                        void *buffer, size_t size)
{
    const ElfW(Sym) *symbols = buffer;
    size_t fits = size / sizeof *symbols;
    size_t room = fits < SYMBOLS_AT_ONCE ? fits : SYMBOLS_AT_ONCE;
    ElfW(Shdr) table;
    ElfW(Shdr) names;
    uint64_t left;
    uint64_t at;

    if (!find_symbols(elf, &table, &names, buffer, size))
        return;
    left = table.sh_size / sizeof *symbols;
    at = table.sh_offset;
    if (left > SYMBOLS_MAX)
        left = SYMBOLS_MAX;
    while (left > 0) {
        size_t part = left < room ? (size_t)left : room;

        if (!read_all(elf, buffer, part * sizeof *symbols, at))
            return;
        for (size_t i = 0; i < part; i++)
            consider(queries, count, &symbols[i], &names);
        left -= part;
        at += part * sizeof *symbols;
    }
}

size_t elf_function_name(const struct elf *elf, const struct elf_query *query,
                         char name[ELF_NAME_MAX])
{
    uint64_t size = query->name_end - query->name;
    const char *end;
    long got;

    name[0] = '\0';
    if (query->name >= query->name_end || query->name_end > INT64_MAX - elf->base)
        return 0;
    if (size > ELF_NAME_MAX - 1)
        size = ELF_NAME_MAX - 1;
    got = sys_read_at(elf->fd, name, (size_t)size, elf->base + query->name);
    if (got <= 0)
        return 0;
    name[got] = '\0';
    end = memchr(name, '\0', (size_t)got + 1);
    return (size_t)(end - name);
}

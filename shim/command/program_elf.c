/* By libelf, which understands every word size and byte order and survives damaged files. */
#include "command/program_elf.h"

#include <gelf.h>
#include <string.h>

#include "base/text.h"

static void copy_bounded(char *to, size_t size, const char *from, size_t length)
{
    length = strnlen(from, length < size - 1 ? length : size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}

static void read_interpreter(Elf *elf, const GElf_Phdr *header, struct elf_facts *facts)
{
    Elf_Data *data =
        elf_getdata_rawchunk(elf, (int64_t)header->p_offset, header->p_filesz, ELF_T_BYTE);

    facts->dynamic = true;
    if (data != NULL && data->d_buf != NULL)
        copy_bounded(facts->interpreter, sizeof facts->interpreter, data->d_buf, data->d_size);
}

/* Go's linker leaves a note "Go" of type 4 in every program, stripped or not. */
static void read_notes(Elf *elf, const GElf_Phdr *header, struct elf_facts *facts)
{
    Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)header->p_offset, header->p_filesz,
                                          header->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
    size_t at = 0, name, description;
    GElf_Nhdr note;

    while (data != NULL && (at = gelf_getnote(data, at, &note, &name, &description)) > 0)
        if (note.n_type == 4 && note.n_namesz == 4 &&
            memcmp((const char *)data->d_buf + name, "Go", 3) == 0)
            facts->go = true;
}

/* The offset in the file of what lies at ADDRESS. */
static bool file_offset(Elf *elf, size_t count, GElf_Addr address, GElf_Off *offset)
{
    GElf_Phdr header;

    for (size_t i = 0; i < count; i++) {
        if (gelf_getphdr(elf, (int)i, &header) == NULL || header.p_type != PT_LOAD ||
            address < header.p_vaddr || address - header.p_vaddr >= header.p_filesz)
            continue;
        *offset = address - header.p_vaddr + header.p_offset;
        return true;
    }
    return false;
}

/* Its own name, or a needed library: the sanitizer's runtime has to come first of all, or it
 * refuses to start. */
static void note_name(Elf *elf, GElf_Off at, GElf_Sxword tag, struct elf_facts *facts)
{
    Elf_Data *name = elf_getdata_rawchunk(elf, (int64_t)at, NAME_MAX, ELF_T_BYTE);
    const char *bytes;

    if (name == NULL || name->d_buf == NULL || name->d_size < NAME_MAX)
        return; /* at the very end of a file nothing is loaded from */
    bytes = name->d_buf;
    if (tag == DT_SONAME)
        copy_bounded(facts->soname, sizeof facts->soname, bytes, name->d_size);
    if (tag != DT_NEEDED)
        return;
    if (text_begins_with(bytes, "libasan.so"))
        copy_bounded(facts->sanitizer, sizeof facts->sanitizer, bytes, name->d_size);
    if (text_begins_with(bytes, "libc.musl-"))
        facts->kind.musl = true;
}

/* Entry I of the dynamic section, if it has one. */
static bool next_dynamic(Elf_Data *data, int i, GElf_Dyn *entry)
{
    return data != NULL && gelf_getdyn(data, i, entry) != NULL && entry->d_tag != DT_NULL;
}

static void read_dynamic(Elf *elf, size_t count, const GElf_Phdr *header, struct elf_facts *facts)
{
    Elf_Data *data =
        elf_getdata_rawchunk(elf, (int64_t)header->p_offset, header->p_filesz, ELF_T_DYN);
    GElf_Off strings = 0;
    GElf_Dyn entry;

    for (int i = 0; next_dynamic(data, i, &entry); i++)
        if (entry.d_tag == DT_FLAGS_1)
            facts->pie = (entry.d_un.d_val & DF_1_PIE) != 0;
        else if (entry.d_tag == DT_STRTAB && !file_offset(elf, count, entry.d_un.d_ptr, &strings))
            return;
    for (int i = 0; strings != 0 && next_dynamic(data, i, &entry); i++)
        if (entry.d_tag == DT_NEEDED || entry.d_tag == DT_SONAME)
            note_name(elf, strings + entry.d_un.d_val, entry.d_tag, facts);
}

static void read_headers(Elf *elf, size_t count, struct elf_facts *facts)
{
    GElf_Phdr header;

    for (size_t i = 0; i < count; i++) {
        if (gelf_getphdr(elf, (int)i, &header) == NULL)
            continue;
        if (header.p_type == PT_INTERP)
            read_interpreter(elf, &header, facts);
        else if (header.p_type == PT_NOTE)
            read_notes(elf, &header, facts);
        else if (header.p_type == PT_DYNAMIC)
            read_dynamic(elf, count, &header, facts);
    }
    if (strstr(facts->interpreter, "/ld-musl-") != NULL)
        facts->kind.musl = true;
}

/* Free Pascal's linker script leaves a section of its own, which stripping keeps. */
static void read_sections(Elf *elf, struct elf_facts *facts)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;
    size_t names;

    if (elf_getshdrstrndx(elf, &names) != 0)
        return;
    while ((section = elf_nextscn(elf, section)) != NULL) {
        const char *name = gelf_getshdr(section, &header) != NULL
                               ? elf_strptr(elf, names, header.sh_name)
                               : NULL;

        if (name != NULL && strcmp(name, ".fpcdata") == 0)
            facts->pascal = true;
    }
}

bool program_read_elf(int fd, struct elf_facts *facts)
{
    Elf *elf;
    GElf_Ehdr header;
    size_t count;
    bool whole;

    memset(facts, 0, sizeof *facts);
    elf_version(EV_CURRENT);
    elf = elf_begin(fd, ELF_C_READ, NULL);
    whole = elf != NULL && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header) != NULL &&
            elf_getphdrnum(elf, &count) == 0;
    if (whole) {
        facts->kind.elf_class = gelf_getclass(elf);
        facts->kind.machine = header.e_machine;
        facts->executable = header.e_type == ET_EXEC || header.e_type == ET_DYN;
        facts->position_independent = header.e_type == ET_DYN;
        read_headers(elf, count, facts);
        read_sections(elf, facts);
    }
    elf_end(elf);
    return whole;
}

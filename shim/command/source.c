#include "command/source.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#include "command/symbol_name.h"

enum {
    BUILD_ID_BYTES_MAX = 64,
    MISSING_FILE_START = 0x10000, /* where a module is put whose file has to be found first */
    MISSING_FILE_SIZE = 0x40000000,
    ANSWERS_MAX = 200000 /* that are kept: some 100 bytes each */
};

/* A file that has been asked for before, found or not. */
struct known_file {
    char *path;
    char *build_id;
    Dwfl *dwfl;
    Dwfl_Module *module; /* NULL = there is no such file */
    GElf_Addr bias;      /* added to an ELF address to get libdwfl's */
};

/* What has been found at an address. A log names the same few again and again, and each look into
 * the debug information goes through a list of it. */
struct kept {
    const struct known_file *file;
    uint64_t offset;
    bool found;
    struct source source; /* allocated up to its last line */
};

/* Trees of tsearch(3). */
static void *known_files, *answers;
static size_t answer_count;

/* ---- Finding the file ---- */

static size_t read_hex(const char *text, unsigned char bytes[BUILD_ID_BYTES_MAX])
{
    size_t count = 0;

    for (; count < BUILD_ID_BYTES_MAX && text_digit(text[0]) < 16 && text_digit(text[1]) < 16;
         text += 2)
        bytes[count++] = (unsigned char)(text_digit(text[0]) << 4 | text_digit(text[1]));
    return count;
}

static bool has_build_id(Dwfl_Module *module, const char *wanted)
{
    unsigned char bytes[BUILD_ID_BYTES_MAX];
    const unsigned char *own;
    GElf_Addr address;
    int length = dwfl_module_build_id(module, &own, &address);

    return length > 0 && strlen(wanted) == 2 * (size_t)length &&
           read_hex(wanted, bytes) == (size_t)length && memcmp(own, bytes, (size_t)length) == 0;
}

static void begin(struct known_file *known)
{
    static char *debug_folders; /* NULL: libdwfl's own list */
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_build_id_find_elf,
        .find_debuginfo = dwfl_standard_find_debuginfo,
        .section_address = dwfl_offline_section_address,
        .debuginfo_path = &debug_folders,
    };

    known->dwfl = dwfl_begin(&callbacks);
}

/* Ends what did not lead to a file. */
static void give_up(struct known_file *known)
{
    dwfl_end(known->dwfl);
    known->dwfl = NULL;
    known->module = NULL;
}

static bool open_at_path(struct known_file *known)
{
    begin(known);
    if (known->dwfl != NULL && access(known->path, R_OK) == 0)
        known->module = dwfl_report_offline(known->dwfl, known->path, known->path, -1);
    if (known->dwfl != NULL)
        dwfl_report_end(known->dwfl, NULL, NULL);
    if (known->module != NULL && dwfl_module_getelf(known->module, &known->bias) != NULL &&
        (known->build_id == NULL || has_build_id(known->module, known->build_id)))
        return true;
    give_up(known);
    return false;
}

/* The file is gone, or has been replaced: libdwfl looks for the build id. */
static bool open_by_build_id(struct known_file *known)
{
    unsigned char bytes[BUILD_ID_BYTES_MAX];
    size_t count = known->build_id != NULL ? read_hex(known->build_id, bytes) : 0;

    if (count == 0)
        return false;
    begin(known);
    if (known->dwfl != NULL)
        known->module = dwfl_report_module(known->dwfl, known->path, MISSING_FILE_START,
                                           MISSING_FILE_START + MISSING_FILE_SIZE);
    if (known->module != NULL)
        dwfl_module_report_build_id(known->module, bytes, count, 0);
    if (known->dwfl != NULL)
        dwfl_report_end(known->dwfl, NULL, NULL);
    if (known->module != NULL && dwfl_module_getelf(known->module, &known->bias) != NULL)
        return true;
    give_up(known);
    return false;
}

/* NULL goes before every string. */
static int compare_strings(const char *a, const char *b)
{
    return a == NULL || b == NULL ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

static int compare_files(const void *left, const void *right)
{
    const struct known_file *a = left, *b = right;
    int order = compare_strings(a->build_id, b->build_id);

    return order != 0 ? order : compare_strings(a->path, b->path);
}

/* MODULE and BUILD_ID are copied. NULL without memory. */
static struct known_file *add_file(const char *module, const char *build_id)
{
    struct known_file *known = calloc(1, sizeof *known);

    if (known == NULL)
        return NULL;
    known->path = strdup(module);
    known->build_id = build_id != NULL ? strdup(build_id) : NULL;
    if (known->path == NULL || tsearch(known, &known_files, compare_files) == NULL) {
        free(known->build_id);
        free(known->path);
        free(known);
        return NULL;
    }
    if (!open_at_path(known))
        open_by_build_id(known);
    return known;
}

static const struct known_file *find_file(const char *module, const char *build_id)
{
    struct known_file wanted = {0};
    struct known_file **found;

    memcpy(&wanted.path, &module, sizeof module); /* is only compared */
    memcpy(&wanted.build_id, &build_id, sizeof build_id);
    found = tfind(&wanted, &known_files, compare_files);
    return found != NULL ? *found : add_file(module, build_id);
}

/* ---- Reading it ---- */

static void add_line(struct source *source, const char *function, const char *file, int line)
{
    if (source->count < SOURCE_LINES_MAX)
        source->lines[source->count++] = (struct source_line){function, file, line};
}

/* With what it lies in, where the compiler has noted the name that the linker knows. */
static const char *function_of(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    const char *linked =
        dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));

    return linked != NULL ? symbol_name(linked) : dwarf_diename(die);
}

static int number_of(Dwarf_Die *die, unsigned int name)
{
    Dwarf_Attribute attribute;
    Dwarf_Word value;

    return dwarf_formudata(dwarf_attr(die, name, &attribute), &value) == 0 ? (int)value : 0;
}

/* From where an inlined function was called. */
static void read_call(Dwarf_Die *unit, Dwarf_Die *inlined, const char **file, int *line)
{
    size_t index = (size_t)number_of(inlined, DW_AT_call_file);
    Dwarf_Files *files;
    size_t count;

    *file = NULL;
    *line = number_of(inlined, DW_AT_call_line);
    if (dwarf_getsrcfiles(unit, &files, &count) == 0 && index < count)
        *file = dwarf_filesrc(files, index, NULL, NULL);
}

/* The functions around the address: those that were inlined, up to the real one. */
static void add_functions(struct source *source, Dwarf_Die *unit, Dwarf_Die *innermost,
                          const char *file, int line)
{
    Dwarf_Die *scopes = NULL;
    int count = dwarf_getscopes_die(innermost, &scopes);

    for (int i = 0; i < count; i++) {
        int tag = dwarf_tag(&scopes[i]);

        if (tag == DW_TAG_inlined_subroutine) {
            add_line(source, function_of(&scopes[i]), file, line);
            read_call(unit, &scopes[i], &file, &line);
        } else if (tag == DW_TAG_subprogram) {
            add_line(source, function_of(&scopes[i]), file, line);
            break;
        }
    }
    free(scopes);
}

static void read_debug_information(Dwfl_Module *module, Dwarf_Addr address, struct source *source)
{
    Dwarf_Addr bias;
    Dwarf_Die *unit = dwfl_module_addrdie(module, address, &bias);
    Dwfl_Line *at = dwfl_module_getsrc(module, address);
    Dwarf_Die *scopes = NULL;
    const char *file = NULL;
    int line = 0;

    if (at != NULL)
        file = dwfl_lineinfo(at, NULL, &line, NULL, NULL, NULL);
    if (unit != NULL && dwarf_getscopes(unit, address - bias, &scopes) > 0)
        add_functions(source, unit, &scopes[0], file, line);
    free(scopes);
    if (source->count == 0 && file != NULL)
        add_line(source, NULL, file, line);
}

/* Looks into the file KNOWN for the return address OFFSET. */
static bool look_up(const struct known_file *known, uint64_t offset, struct source *source)
{
    Dwarf_Addr address = offset - 1 + known->bias; /* in the call, in front of where it returns */
    GElf_Off into = 0;
    GElf_Sym symbol;
    const char *name;

    read_debug_information(known->module, address, source);
    name = dwfl_module_addrinfo(known->module, address, &into, &symbol, NULL, NULL, NULL);
    name = name != NULL ? symbol_name(name) : NULL;
    source->has_symbol = name != NULL;
    source->symbol_offset = into + 1;
    if (name == NULL)
        return source->count > 0;
    if (source->count == 0)
        add_line(source, name, NULL, 0);
    else if (source->lines[source->count - 1].function == NULL)
        source->lines[source->count - 1].function = name;
    return true;
}

/* ---- Answers that are known ---- */

static size_t answer_size(const struct source *source)
{
    return offsetof(struct kept, source.lines) + source->count * sizeof source->lines[0];
}

static int compare_answers(const void *left, const void *right)
{
    const struct kept *a = left, *b = right;

    if (a->file != b->file)
        return (uintptr_t)a->file < (uintptr_t)b->file ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static void keep(const struct kept *answer)
{
    size_t size = answer_size(&answer->source);
    struct kept *copy = answer_count < ANSWERS_MAX ? malloc(size) : NULL;

    if (copy == NULL)
        return;
    memcpy(copy, answer, size);
    if (tsearch(copy, &answers, compare_answers) == NULL)
        free(copy);
    else
        answer_count++;
}

bool source_find(const char *module, const char *build_id, uint64_t offset, struct source *source)
{
    const struct known_file *known = find_file(module, build_id);
    struct kept answer = {known, offset, false, {0}};
    struct kept *const *found;

    memset(source, 0, sizeof *source);
    if (known == NULL || known->module == NULL || offset == 0)
        return false;
    found = tfind(&answer, &answers, compare_answers);
    if (found != NULL) {
        memcpy(source, &(*found)->source, answer_size(&(*found)->source) -
                                              offsetof(struct kept, source));
        return (*found)->found;
    }
    answer.found = look_up(known, offset, &answer.source);
    *source = answer.source;
    keep(&answer);
    return answer.found;
}

/* Sources: runtime/symtab.go, debug/gosym/pclntab.go and cmd/link/internal/ld/pcln.go of Go. */
#include "supervise/golang.h"

#include <string.h>

enum {
    MAGIC_1_16 = (int)0xfffffffa,
    MAGIC_1_18 = (int)0xfffffff0,
    MAGIC_1_20 = (int)0xfffffff1,
    HEADER = 8 /* magic, two zeros, quantum, size of a pointer */
};

static bool number_at(const struct golang_table *table, uint64_t offset, size_t width,
                      uint64_t *number)
{
    uint32_t word;

    if (offset > table->size || width > table->size - offset)
        return false;
    if (width == sizeof *number) {
        memcpy(number, table->bytes + offset, sizeof *number);
        return true;
    }
    memcpy(&word, table->bytes + offset, sizeof word);
    *number = word;
    return true;
}

/* The head's words, INDEX counting from the end of the fixed part. */
static bool head_word(const struct golang_table *table, size_t index, uint64_t *number)
{
    return number_at(table, HEADER + index * table->pointer, table->pointer, number);
}

bool golang_open(struct golang_table *table, const unsigned char *bytes, size_t size,
                 uint64_t text)
{
    uint64_t count, names, pctab, functions, start = 0;
    size_t first;
    uint32_t magic;

    *table = (struct golang_table){.bytes = bytes, .size = size, .text = text};
    if (size < HEADER)
        return false;
    memcpy(&magic, bytes, sizeof magic);
    table->quantum = bytes[6];
    table->pointer = bytes[7];
    table->narrow = magic == (uint32_t)MAGIC_1_18 || magic == (uint32_t)MAGIC_1_20;
    if ((!table->narrow && magic != (uint32_t)MAGIC_1_16) || bytes[4] != 0 || bytes[5] != 0 ||
        (table->pointer != 4 && table->pointer != 8) || table->quantum == 0)
        return false;
    /* nfunc, nfiles, [textStart], funcname, cu, filetab, pctab, functions */
    first = table->narrow ? 3 : 2;
    if (!head_word(table, 0, &count) || !head_word(table, first, &names) ||
        !head_word(table, first + 3, &pctab) || !head_word(table, first + 4, &functions) ||
        (table->narrow && !head_word(table, 2, &start)))
        return false;
    if (start != 0)
        table->text = start;
    if (!table->narrow)
        table->text = 0; /* whole addresses */
    table->function_count = (size_t)count;
    table->names = (size_t)names;
    table->pctab = (size_t)pctab;
    table->functions = (size_t)functions;
    return names < size && pctab < size && functions < size &&
           count < (size - functions) / (table->narrow ? 8 : 2 * table->pointer);
}

/* Entry INDEX of the sorted list: where the function begins, and where it is told of. */
static bool entry_at(const struct golang_table *table, size_t index, uint64_t *start,
                     uint64_t *offset)
{
    size_t width = table->narrow ? 4 : table->pointer;
    uint64_t at = table->functions + index * 2 * width;

    if (!number_at(table, at, width, start))
        return false;
    *start += table->text;
    return offset == NULL || number_at(table, at + width, width, offset);
}

static bool search(const struct golang_table *table, uint64_t pc, uint64_t *start,
                   uint64_t *offset)
{
    size_t low = 0, high = table->function_count;
    uint64_t middle_start;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (!entry_at(table, middle, &middle_start, NULL))
            return false;
        if (middle_start <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    /* The list ends with an entry for the end of the code. */
    return low > 0 && entry_at(table, table->function_count, &middle_start, NULL) &&
           pc < middle_start && entry_at(table, low - 1, start, offset);
}

static bool read_varint(const struct golang_table *table, uint64_t *at, uint32_t *number)
{
    unsigned int shift;

    *number = 0;
    for (shift = 0; shift < 35 && *at < table->size; shift += 7) {
        unsigned char byte = table->bytes[(*at)++];

        *number |= (uint32_t)(byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

/* A table of values over a function's instructions: pairs of how the value changes (zigzag) and for
 * how long it stays. */
static bool value_at(const struct golang_table *table, uint64_t at, uint64_t start, uint64_t pc,
                     int32_t *value)
{
    uint64_t until = start;
    uint32_t change, length;
    bool is_first = true;

    *value = -1;
    while (read_varint(table, &at, &change) && (change != 0 || is_first) &&
           read_varint(table, &at, &length)) {
        *value += (int32_t)(change >> 1) ^ -(int32_t)(change & 1);
        until += (uint64_t)length * table->quantum;
        is_first = false;
        if (pc < until)
            return true;
    }
    return false;
}

bool golang_find(const struct golang_table *table, uint64_t pc, struct golang_function *function)
{
    static const char *const outermost[] = {"runtime.goexit", "runtime.main", "runtime.rt0_go",
                                            "runtime.mstart", "runtime.mcall",
                                            "runtime.morestack"};
    uint64_t start, offset, at, name, pcsp;
    size_t entry = table->narrow ? 4 : table->pointer;
    int32_t size;

    if (!search(table, pc, &start, &offset))
        return false;
    at = table->functions + offset; /* entry, name, args, deferreturn, pcsp */
    if (!number_at(table, at + entry, 4, &name) || !number_at(table, at + entry + 12, 4, &pcsp) ||
        table->names + name >= table->size ||
        memchr(table->bytes + table->names + name, '\0', table->size - table->names - name) == NULL)
        return false;
    function->name = (const char *)table->bytes + table->names + name;
    function->start = start;
    function->is_outermost = false;
    for (size_t i = 0; i < sizeof outermost / sizeof *outermost; i++)
        function->is_outermost |= strncmp(function->name, outermost[i], strlen(outermost[i])) == 0;
    if (pcsp == 0 || !value_at(table, table->pctab + pcsp, start, pc, &size) || size < 0)
        size = 0; /* an assembler function without a frame */
    function->frame_size = (uint64_t)size;
    return true;
}

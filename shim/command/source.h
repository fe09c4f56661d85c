/* Where an address of an ELF file comes from in the source: function, file and line, and what the
 * compiler has inlined there. By elfutils' libdw: debug information in the file, in a separate file
 * (.gnu_debuglink, /usr/lib/debug/.build-id), or from a debuginfod server if DEBUGINFOD_URLS names
 * one. Files once opened stay open.
 */
#ifndef REUSESHIM_COMMAND_SOURCE_H
#define REUSESHIM_COMMAND_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOURCE_LINES_MAX = 16 };

/* One function at the address. Strings live until the end of the process; NULL = not known. */
struct source_line {
    const char *function;
    const char *file;
    int line; /* 0 = not known */
};

struct source {
    size_t count;
    uint64_t symbol_offset; /* bytes from the real function's symbol to the address */
    bool has_symbol;
    struct source_line lines[SOURCE_LINES_MAX]; /* innermost first: the last is the real function,
                                                 * the others are inlined into it */
};

/* Fills SOURCE for the return address OFFSET (an ELF address, as addr2line takes it) of the file
 * MODULE: the call is in front of it. With BUILD_ID (hexadecimal; NULL = not known) a file that has
 * another one is not used, and the right one is looked for by it. Returns false if nothing is
 * found. */
bool source_find(const char *module, const char *build_id, uint64_t offset, struct source *source);

#endif

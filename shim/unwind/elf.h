/* Reads ELF files, and ELF objects as they lie in memory, through a descriptor.
 *
 * Nothing in here trusts the file: every offset and count is checked or bounded, and the file may
 * change or shrink meanwhile. It is read, not mapped, so that costs no SIGBUS. Only files of our
 * own word size and byte order are understood. No lock, no heap; async-signal-safe.
 */
#ifndef REUSESHIM_UNWIND_ELF_H
#define REUSESHIM_UNWIND_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ELF_BUILD_ID_MAX = 65,    /* bytes of its text: 32 bytes in hexadecimal and a NUL */
    ELF_HEADERS_MAX = 32,     /* program headers looked at; usual are 8 to 14 */
    ELF_NAME_MAX = 256,       /* bytes of a symbol's name with its NUL; the rest is cut off */
};

/* Where to read: FILE offsets count from BASE, which is 0 for a file, and the address of the ELF
 * header for an object in memory (FD is /proc/PID/mem). */
struct elf {
    int fd;
    uint64_t base;
    uint64_t section_offset; /* of the section headers; 0 if there are none */
    uint32_t section_count;
    uint32_t header_count; /* of the program headers */
    struct elf_segment {
        uint32_t type;
        bool executable;
        uint64_t offset;
        uint64_t address;
        uint64_t file_size;
    } segments[ELF_HEADERS_MAX];
};

/* Opens PATH (absolute) for reading if it is surely a regular file: by now it may name a pipe or a
 * device. Returns a descriptor or -errno. */
int elf_open_file(const char *path);

/* Reads the headers. Returns 0, -ENOEXEC if this is no ELF object that we understand, or -errno. */
int elf_open(struct elf *elf, int fd, uint64_t base);

/* Finds the ELF address of what stands at OFFSET in the file, in an executable segment. */
bool elf_address(const struct elf *elf, uint64_t offset, uint64_t *address);

/* Writes the build id in hexadecimal, ended with a NUL byte. Returns its length, 0 if there is
 * none. */
size_t elf_build_id(const struct elf *elf, char text[ELF_BUILD_ID_MAX]);

/* The same from SIZE bytes of NOTES, in memory. */
size_t elf_build_id_in(const char *notes, size_t size, char text[ELF_BUILD_ID_MAX]);

/* One address whose function is wanted. */
struct elf_query {
    uint64_t address; /* in */
    bool found;       /* out, as all that follows */
    uint64_t start;   /* address of the function */
    uint64_t name;    /* offset of its name in the file */
    uint64_t name_end;
    uint64_t size;    /* of the function; 0 = unknown */
    uint32_t rank;    /* among functions with the same start */
};

/* Answers QUERIES[0..COUNT) from .symtab, or from .dynsym where there is none, reading the table
 * once: the function that contains the address, or the nearest one before it if that one's size is
 * unknown. BUFFER is memory to read into; at least 4 KiB. */
void elf_find_functions(const struct elf *elf, struct elf_query *queries, size_t count,
                        void *buffer, size_t size);

/* Reads the name of a found function, ended with a NUL byte. Returns its length, 0 if it has no
 * readable one. */
size_t elf_function_name(const struct elf *elf, const struct elf_query *query,
                         char name[ELF_NAME_MAX]);

#endif

/* No ELF file, however mangled or cut short, does harm: one's own program with a byte changed here
 * and there, with extreme numbers in every header field, and cut at every length. */
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "unwind/elf.h"

static char buffer[16384];
static char *original;
static size_t original_size;
static int file = -1;

static void restore(size_t offset, size_t size)
{
    CHECK_EQ(pwrite(file, original + offset, size, (off_t)offset), size, "pwrite");
}

static void read_it(void)
{
    struct elf_query queries[3] = {{.address = 0x1100}, {.address = 0}, {.address = UINT64_MAX}};
    char name[ELF_NAME_MAX];
    char build_id[ELF_BUILD_ID_MAX];
    uint64_t address;
    struct elf elf;

    if (elf_open(&elf, file, 0) < 0)
        return;
    elf_build_id(&elf, build_id);
    elf_address(&elf, 0x1100, &address);
    elf_address(&elf, UINT64_MAX, &address);
    elf_find_functions(&elf, queries, 3, buffer, sizeof buffer);
    for (size_t i = 0; i < 3; i++) {
        size_t length = queries[i].found ? elf_function_name(&elf, &queries[i], name) : 0;

        CHECK(length < ELF_NAME_MAX && (!queries[i].found || strlen(name) == length), "name");
    }
}

static void change(size_t offset, const void *bytes, size_t size)
{
    if (offset + size > original_size)
        return;
    CHECK_EQ(pwrite(file, bytes, size, (off_t)offset), size, "pwrite");
    read_it();
    restore(offset, size);
}

static void change_headers(size_t offset, size_t size)
{
    static const uint64_t extremes[] = {
        0, 1, 0x7fffffff, 0xffffffff, INT64_MAX, UINT64_MAX, UINT64_MAX - 0xfff, 0x8000000000000000,
    };

    for (size_t at = offset; at < offset + size; at += 4)
        for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
            change(at, &extremes[i], 2);
            change(at, &extremes[i], 4);
            change(at, &extremes[i], 8);
        }
}

static void take_own_program(void)
{
    int self = open("/proc/self/exe", O_RDONLY);
    struct stat status;

    CHECK(self >= 0 && fstat(self, &status) == 0, "own program");
    original_size = (size_t)status.st_size;
    original = mmap(NULL, original_size, PROT_READ, MAP_PRIVATE, self, 0);
    file = memfd_create("hostile", MFD_CLOEXEC);
    CHECK(original != MAP_FAILED && file >= 0, "memfd");
    restore(0, original_size);
    close(self);
}

int main(void)
{
    const ElfW(Ehdr) *header;

    take_own_program();
    header = (const void *)original;
    alarm(300);
    read_it();
    change_headers(0, sizeof *header + 4u * sizeof(ElfW(Phdr)));
    change_headers(header->e_shoff, sizeof(ElfW(Shdr)) * header->e_shnum);
    srand(7);
    for (int i = 0; i < 3000; i++) {
        unsigned char byte = (unsigned char)rand();

        change((size_t)rand() % 2048, &byte, 1);
        change(original_size - 1 - (size_t)rand() % 2048, &byte, 1);
    }
    for (size_t size = original_size; size > 0; size -= size > 4096 ? size / 64 : 1) {
        CHECK_EQ(ftruncate(file, (off_t)size), 0, "ftruncate");
        read_it();
    }
    return CHECK_PASSED;
}

/* Whatever a file holds, reading it as ELF does no harm. */
#define _GNU_SOURCE /* memfd_create */
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unwind/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct elf_query queries[2] = {{.address = 0x1100}, {.address = UINT64_MAX}};
    char build_id[ELF_BUILD_ID_MAX];
    char name[ELF_NAME_MAX];
    static char buffer[4096];
    struct elf elf;
    uint64_t address;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    if (fd >= 0 && write(fd, data, size) == (ssize_t)size && elf_open(&elf, fd, 0) == 0) {
        elf_build_id(&elf, build_id);
        elf_address(&elf, 0x1100, &address);
        elf_find_functions(&elf, queries, 2, buffer, sizeof buffer);
        for (size_t i = 0; i < 2; i++)
            if (queries[i].found)
                elf_function_name(&elf, &queries[i], name);
    }
    close(fd);
    return 0;
}

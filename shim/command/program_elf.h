/* What an ELF file says of itself, as far as it decides whether a library can be loaded into it. */
#ifndef REUSESHIM_COMMAND_PROGRAM_ELF_H
#define REUSESHIM_COMMAND_PROGRAM_ELF_H

#include <limits.h>
#include <stdbool.h>

#include "command/program.h"

struct elf_facts {
    struct kind kind;
    bool executable; /* ET_EXEC or ET_DYN */
    bool position_independent;
    bool dynamic; /* has a program interpreter */
    bool go;      /* made by the Go compiler */
    bool pascal;  /* made by Free Pascal */
    bool pie;     /* marked as a program (DF_1_PIE); a library is not, nor is the loader */
    char interpreter[PATH_MAX];
    char sanitizer[NAME_MAX + 1];
    char soname[NAME_MAX + 1]; /* of a library; else empty */
};

/* Reads FD. Returns false if it is no ELF file that can be read to its end. */
bool program_read_elf(int fd, struct elf_facts *facts);

#endif

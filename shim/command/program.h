/* Can a library be loaded into this program, and will it see the program's calls? Read from the
 * file, before anything starts. */
#ifndef REUSESHIM_COMMAND_PROGRAM_H
#define REUSESHIM_COMMAND_PROGRAM_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* What keeps the shim from seeing a program. */
enum obstacle {
    OBSTACLE_NONE = 0,
    OBSTACLE_NOT_FOUND,  /* no such program */
    OBSTACLE_UNREADABLE, /* exists, but can't be opened: 'error' says why */
    OBSTACLE_NOT_A_FILE,
    OBSTACLE_NOT_EXECUTABLE,
    OBSTACLE_NOT_A_PROGRAM, /* neither ELF nor a script with #! */
    OBSTACLE_DAMAGED,       /* an ELF file that can't be read to its end, or no executable */
    OBSTACLE_MISSING_INTERPRETER,
    OBSTACLE_TOO_MANY_SCRIPTS, /* scripts as interpreters of scripts */
    OBSTACLE_GO,               /* makes its system calls itself */
    OBSTACLE_RAW_CALLS,        /* so does Free Pascal's run-time library, dynamically linked too */
    OBSTACLE_STATIC,
    OBSTACLE_STATIC_PIE,
    OBSTACLE_LOADER, /* the dynamic loader, by itself */
    OBSTACLE_OTHER_WORD_SIZE,
    OBSTACLE_OTHER_MACHINE,
    OBSTACLE_OTHER_LIBC,
    OBSTACLE_SETUID,
    OBSTACLE_SETGID,
    OBSTACLE_CAPABILITIES,
    OBSTACLE_APPIMAGE,    /* the program is in an image that this file mounts */
    OBSTACLE_ENVIRONMENT, /* a shell script that drops LD_PRELOAD for what it starts */
    OBSTACLE_COUNT
};

/* "static", "setuid", ...: the key in --json. "none" for OBSTACLE_NONE. */
const char *obstacle_name(enum obstacle obstacle);

/* What a loaded object is made for. */
struct kind {
    int elf_class;        /* ELFCLASS32, ELFCLASS64 */
    unsigned int machine; /* EM_X86_64 */
    bool musl;            /* needs musl's C library; else glibc's is taken for it */
};

struct program {
    char path[PATH_MAX];          /* the file that decides: of a script, its interpreter */
    char script[PATH_MAX];        /* the script that path interprets; empty if it is none */
    char interpreter[PATH_MAX];   /* PT_INTERP, or what the script asks for */
    char sanitizer[NAME_MAX + 1]; /* "libasan.so.8" if it needs that first; else empty */
    struct kind kind;
    struct kind wanted; /* that of the library */
    bool by_exec;       /* the script becomes path by exec, and is not interpreted by it */
    bool by_loader;     /* named to a loader: its own rights and interpreter count for nothing */
    enum obstacle obstacle;
    int error;         /* errno of OBSTACLE_UNREADABLE */
    unsigned int line; /* of the script: OBSTACLE_ENVIRONMENT */
};

/* The file that the shell would start for NAME: itself if it has a '/', else the first executable
 * one in PATH. Returns false if there is none. */
bool program_find(const char *name, char path[PATH_MAX]);

/* The path of this command: by /proc, or where that is not there, as it was started. Never NULL. */
const char *program_own_path(void);

/* The kind of this command, and so that of the library which was built with it. */
void program_own_kind(struct kind *kind);

/* PROGRAM for a NAME that program_find() finds nowhere. */
void program_not_found(const char *name, struct program *program);

/* Looks at the program PATH, and at the interpreters of a script, for a library of kind WANTED. */
void program_inspect(const char *path, const struct kind *wanted, struct program *program);

/* The same for the program that a loader is to start: PROGRAM is the loader, inspected; ARGUMENTS,
 * up to a NULL, are those behind its name. Where they name no program, nothing is changed. */
void program_inspect_loaded(char *const *arguments, struct program *program);

/* The same for what a shell script becomes by a line "exec PROGRAM": PROGRAM is inspected, and its
 * script. Where that has no such line, or what stands there can be seen, nothing is changed, but
 * for OBSTACLE_ENVIRONMENT where a line sets LD_PRELOAD anew or starts something without it. */
void program_inspect_script(struct program *program);

/* Adds one sentence on what the obstacle is, and what to do instead. */
void program_explain(struct text *text, const struct program *program);

#endif

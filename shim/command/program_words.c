/* The obstacles in words: one row each, with what to do instead. */
#include <assert.h>
#include <elf.h>
#include <string.h>

#include "command/program.h"

/* The sentence is "FILE" + what, or of a few an own function. */
static const struct {
    const char *name;
    const char *is;      /* what it is, behind the file's name */
    const char *instead; /* what to do */
} rows[] = {
    [OBSTACLE_NONE] = {"none", " can be seen by the shim", ""},
    [OBSTACLE_NOT_FOUND] = {"not-found", ": there is no program of this name",
                            "look at the spelling and at PATH"},
    [OBSTACLE_UNREADABLE] = {"unreadable",
                             " can't be read, so whether the shim would see it is not known",
                             "run this as a user who may read it"},
    [OBSTACLE_NOT_A_FILE] = {"not-a-file", " is no file that can be started", "name a program"},
    [OBSTACLE_NOT_EXECUTABLE] = {"not-executable", " is not executable for you",
                                 "chmod +x it, or name its interpreter first"},
    [OBSTACLE_NOT_A_PROGRAM] = {"not-a-program",
                                " is neither an ELF program nor a script that begins with #!",
                                "name its interpreter first, as in: sh FILE"},
    [OBSTACLE_DAMAGED] = {"damaged", " is an ELF file, but no program that can be started",
                          "name a program"},
    [OBSTACLE_MISSING_INTERPRETER] = {"missing-interpreter",
                                      " asks for an interpreter that is not there",
                                      "install that, or rebuild the program for this system"},
    [OBSTACLE_TOO_MANY_SCRIPTS] = {"too-many-scripts", " is a script for a script for a script...",
                                   "name the program at its end"},
    [OBSTACLE_GO] = {"go",
                     " is a Go program: Go makes its system calls without the C library, so no "
                     "library sees them",
                     "look from outside: reuseshim run --supervise"},
    [OBSTACLE_RAW_CALLS] = {"raw-calls",
                            " is a Free Pascal program: these make their system calls without the "
                            "C library, so no library sees them",
                            "look from outside: reuseshim run --supervise"},
    [OBSTACLE_STATIC] = {"static", " is linked statically, so no library can be loaded into it",
                         "look from outside: reuseshim run --supervise"},
    [OBSTACLE_STATIC_PIE] =
        {"static-pie", " is linked statically (static-pie), so no library can be loaded into it",
         "look from outside: reuseshim run --supervise"},
    [OBSTACLE_LOADER] = {"loader",
                         " is the loader, and the shim sees only what that starts",
                         "name the program behind it, as in: reuseshim run LOADER PROGRAM; or "
                         "check the program itself"},
    [OBSTACLE_OTHER_WORD_SIZE] = {"other-word-size",
                                  " is a program of another word size than the library",
                                  "install the library for it as well (make M32=1 install for 32 "
                                "bits): man 7 libreuseshim"},
    [OBSTACLE_OTHER_MACHINE] = {"other-machine", " is a program for another processor",
                                "build the library for that one"},
    [OBSTACLE_OTHER_LIBC] = {"other-libc", " uses another C library than the shim",
                             "build the library with the program's own compiler, or look from "
                             "outside: reuseshim run --supervise"},
    [OBSTACLE_SETUID] = {"setuid",
                         " is set-user-ID, and for such programs the loader ignores LD_PRELOAD",
                         "run it as its owner, or run the server that it starts directly"},
    [OBSTACLE_SETGID] = {"setgid",
                         " is set-group-ID, and for such programs the loader ignores LD_PRELOAD",
                         "run it as root or with its own group"},
    [OBSTACLE_CAPABILITIES] = {"capabilities",
                               " has file capabilities, and for such programs the loader ignores "
                               "LD_PRELOAD",
                               "run it as root, or from a systemd unit with AmbientCapabilities= "
                               "and a copy of the file without them"},
    [OBSTACLE_APPIMAGE] = {"appimage",
                           " is an AppImage, and the program in it was not looked at, so whether "
                           "the shim would see it is not known",
                           "check what FILE --appimage-extract unpacks, or look from outside: "
                           "reuseshim run --supervise"},
    [OBSTACLE_ENVIRONMENT] = {"environment",
                              " sets or drops LD_PRELOAD itself, so what it starts from there on "
                              "is not seen",
                              "add to LD_PRELOAD instead, or look from outside: reuseshim run "
                              "--supervise"},
};
static_assert(sizeof rows / sizeof *rows == OBSTACLE_COUNT, "every obstacle has its words");

const char *obstacle_name(enum obstacle obstacle)
{
    return rows[obstacle].name;
}

static void add_path(struct text *text, const char *path)
{
    text_shown(text, path, strlen(path), PATH_MAX);
}

static const char *bits(const struct kind *kind)
{
    return kind->elf_class == ELFCLASS32 ? "32-bit" : "64-bit";
}

static const char *libc_name(const struct kind *kind)
{
    return kind->musl ? "musl" : "glibc";
}

/* What is more exact than the row. */
static void add_difference(struct text *text, const struct program *program)
{
    switch (program->obstacle) {
    case OBSTACLE_UNREADABLE: text_join(text, " (", strerror(program->error), ")", NULL); break;
    case OBSTACLE_OTHER_WORD_SIZE:
        text_join(text, " (", bits(&program->kind), ", the library is ", bits(&program->wanted),
                  ")", NULL);
        break;
    case OBSTACLE_OTHER_LIBC:
        text_join(text, " (", libc_name(&program->kind), ", the library is for ",
                  libc_name(&program->wanted), ")", NULL);
        break;
    case OBSTACLE_OTHER_MACHINE:
        text_add(text, " (ELF machine ");
        text_unsigned(text, program->kind.machine);
        text_add(text, ", the library is for ");
        text_unsigned(text, program->wanted.machine);
        text_char(text, ')');
        break;
    case OBSTACLE_MISSING_INTERPRETER:
        text_add(text, " (");
        add_path(text, program->interpreter);
        text_char(text, ')');
        break;
    case OBSTACLE_ENVIRONMENT: text_format(text, " (line %u)", program->line); break;
    default: break;
    }
}

void program_explain(struct text *text, const struct program *program)
{
    if (program->obstacle == OBSTACLE_ENVIRONMENT) {
        add_path(text, program->script);
    } else if (program->script[0] != '\0') {
        add_path(text, program->script);
        text_add(text, program->by_exec ? " is a script that becomes " : " is a script, run by ");
    }
    if (program->obstacle != OBSTACLE_ENVIRONMENT) {
        add_path(text, program->path);
        text_add(text, program->script[0] != '\0' ? ", which" : "");
    }
    text_add(text, rows[program->obstacle].is);
    add_difference(text, program);
    if (rows[program->obstacle].instead[0] != '\0')
        text_join(text, "; ", rows[program->obstacle].instead, NULL);
}

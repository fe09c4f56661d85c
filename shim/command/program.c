#include "command/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "command/program_elf.h"

enum {
    SCRIPTS_MAX = 4,      /* interpreters that are scripts; the kernel allows 5 (fs/exec.c) */
    SCRIPT_LINE_MAX = 256 /* bytes of a #! line that the kernel reads: BINPRM_BUF_SIZE */
};

static bool is_executable_file(const char *path)
{
    struct stat file;

    return stat(path, &file) == 0 && S_ISREG(file.st_mode) && access(path, X_OK) == 0;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool program_find(const char *name, char path[PATH_MAX])
{
    const char *folders = getenv("PATH");
    size_t length;
    int written;

    if (strchr(name, '/') != NULL || name[0] == '\0') {
        written = snprintf(path, PATH_MAX, "%s", name);
        return name[0] != '\0' && written < PATH_MAX && exists(path);
    }
    if (folders == NULL)
        folders = "/bin:/usr/bin"; /* as execvp has it */
    for (;; folders += length + 1) {
        length = strcspn(folders, ":");
        written =
            snprintf(path, PATH_MAX, "%.*s%s%s", (int)length, folders, length > 0 ? "/" : "", name);
        if (written < PATH_MAX && is_executable_file(path))
            return true;
        if (folders[length] == '\0')
            return false;
    }
}

void program_not_found(const char *name, struct program *program)
{
    memset(program, 0, sizeof *program);
    snprintf(program->path, sizeof program->path, "%s", name);
    program->obstacle = OBSTACLE_NOT_FOUND;
}

void program_own_kind(struct kind *kind)
{
    struct elf_facts facts;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    memset(kind, 0, sizeof *kind);
    if (fd >= 0 && program_read_elf(fd, &facts))
        *kind = facts.kind;
    if (fd >= 0)
        close(fd);
}

/* ---- Who may be made to load a library ---- */

/* A program that gains rights by being started ignores LD_PRELOAD (ld.so(8), secure-execution
 * mode). Root gains nothing by capabilities (cap_bprm_creds_from_file of security/commoncap.c). */
static enum obstacle obstacle_of_rights(const char *path, const struct stat *file)
{
    char value[64];

    if ((file->st_mode & S_ISUID) != 0 && file->st_uid != geteuid())
        return OBSTACLE_SETUID;
    if ((file->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && file->st_gid != getegid())
        return OBSTACLE_SETGID;
    if (getuid() != 0 && getxattr(path, "security.capability", value, sizeof value) > 0)
        return OBSTACLE_CAPABILITIES;
    return OBSTACLE_NONE;
}

/* ---- ELF files ---- */

/* In the order in which a reason makes the next one pointless. */
static enum obstacle obstacle_of_elf(const struct elf_facts *facts, const struct kind *wanted)
{
    if (!facts->executable)
        return OBSTACLE_DAMAGED;
    if (facts->kind.machine != wanted->machine && facts->kind.elf_class == wanted->elf_class)
        return OBSTACLE_OTHER_MACHINE;
    if (facts->go)
        return OBSTACLE_GO;
    if (!facts->dynamic)
        return facts->position_independent ? OBSTACLE_STATIC_PIE : OBSTACLE_STATIC;
    if (!exists(facts->interpreter))
        return OBSTACLE_MISSING_INTERPRETER;
    if (facts->kind.elf_class != wanted->elf_class)
        return OBSTACLE_OTHER_WORD_SIZE;
    return facts->kind.musl != wanted->musl ? OBSTACLE_OTHER_LIBC : OBSTACLE_NONE;
}

static void inspect_elf(int fd, const struct stat *file, struct program *program)
{
    struct elf_facts facts;

    if (!program_read_elf(fd, &facts)) {
        program->obstacle = OBSTACLE_DAMAGED;
        return;
    }
    program->kind = facts.kind;
    memcpy(program->interpreter, facts.interpreter, sizeof facts.interpreter);
    memcpy(program->sanitizer, facts.sanitizer, sizeof facts.sanitizer);
    program->obstacle = obstacle_of_elf(&facts, &program->wanted);
    if (program->obstacle == OBSTACLE_NONE)
        program->obstacle = obstacle_of_rights(program->path, file);
}

/* ---- Scripts ---- */

/* What env(1) starts: the first word that is neither an option nor an assignment. */
static bool program_of_env(char *words, char path[PATH_MAX])
{
    char *rest = NULL, *word;

    for (word = strtok_r(words, " \t", &rest); word != NULL; word = strtok_r(NULL, " \t", &rest))
        if (word[0] != '-' && strchr(word, '=') == NULL)
            return program_find(word, path);
    return false;
}

/* Fills NEXT with the program that the first LENGTH bytes of a script ask for. */
static bool read_interpreter(const char *head, size_t length, struct program *program,
                             char next[PATH_MAX])
{
    char line[SCRIPT_LINE_MAX + 1];
    const char *base;
    char *word, *rest = NULL;

    memcpy(line, head + 2, length - 2);
    line[length - 2] = '\0';
    line[strcspn(line, "\n")] = '\0';
    word = strtok_r(line, " \t", &rest);
    snprintf(program->interpreter, sizeof program->interpreter, "%s", word != NULL ? word : "");
    if (word == NULL || !exists(word))
        return false;
    base = strrchr(word, '/');
    if (base != NULL && strcmp(base, "/env") == 0 && rest != NULL) {
        snprintf(program->interpreter, sizeof program->interpreter, "%s", rest);
        return program_of_env(rest, next);
    }
    snprintf(next, PATH_MAX, "%s", word);
    return true;
}

/* Looks at one file. Returns true if it is a script, and NEXT what is to be looked at instead. */
static bool inspect_file(struct program *program, char next[PATH_MAX])
{
    char head[SCRIPT_LINE_MAX];
    struct stat file;
    ssize_t length = 0;
    int fd = open(program->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool script = false;

    program->obstacle = OBSTACLE_UNREADABLE;
    program->error = errno;
    if (fd < 0 || fstat(fd, &file) < 0)
        goto out;
    program->obstacle = OBSTACLE_NOT_A_FILE;
    if (!S_ISREG(file.st_mode))
        goto out;
    program->obstacle = OBSTACLE_NOT_EXECUTABLE;
    if (access(program->path, X_OK) < 0)
        goto out;
    program->obstacle = OBSTACLE_NOT_A_PROGRAM;
    length = pread(fd, head, sizeof head, 0);
    if (length >= 4 && memcmp(head, "\177ELF", 4) == 0) {
        inspect_elf(fd, &file, program);
    } else if (length > 2 && head[0] == '#' && head[1] == '!') {
        script = read_interpreter(head, (size_t)length, program, next);
        program->obstacle = script ? OBSTACLE_NONE : OBSTACLE_MISSING_INTERPRETER;
    }
out:
    if (fd >= 0)
        close(fd);
    return script;
}

void program_inspect(const char *path, const struct kind *wanted, struct program *program)
{
    char next[PATH_MAX];
    int scripts = 0;

    memset(program, 0, sizeof *program);
    program->wanted = *wanted;
    snprintf(program->path, sizeof program->path, "%s", path);
    while (inspect_file(program, next)) {
        if (scripts++ == SCRIPTS_MAX) {
            program->obstacle = OBSTACLE_TOO_MANY_SCRIPTS;
            return;
        }
        if (program->script[0] == '\0')
            memcpy(program->script, program->path, sizeof program->script);
        memcpy(program->path, next, sizeof program->path);
    }
}

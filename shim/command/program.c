#include "command/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/text.h"
#include "command/program_elf.h"

enum {
    SCRIPTS_MAX = 4,      /* interpreters that are scripts; the kernel allows 5 (fs/exec.c) */
    SCRIPT_TEXT_MAX = 64 * 1024, /* bytes of a shell script that are read for exec */
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

const char *program_own_path(void)
{
    static const char link[] = "/proc/self/exe";
    const char *started = (const char *)getauxval(AT_EXECFN);

    return access(link, R_OK) == 0 || started == NULL ? link : started;
}

void program_own_kind(struct kind *kind)
{
    struct elf_facts facts;
    int fd = open(program_own_path(), O_RDONLY | O_CLOEXEC);

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

/* No interpreter, and yet not static in the usual way: a static-pie program, a library, or the
 * loader, which is one by its name only: "ld-linux-x86-64.so.2", "ld64.so.1"; musl's has no soname.
 */
static enum obstacle obstacle_of_shared(const struct elf_facts *facts, const char *path)
{
    if (facts->pie)
        return OBSTACLE_STATIC_PIE;
    if (text_begins_with(facts->soname, "ld-") || text_begins_with(facts->soname, "ld64.") ||
        text_begins_with(facts->soname, "ld.so.") ||
        text_begins_with(text_base_name(path), "ld-musl-"))
        return OBSTACLE_LOADER;
    return facts->soname[0] != '\0' ? OBSTACLE_DAMAGED : OBSTACLE_STATIC_PIE;
}

/* In the order in which a reason makes the next one pointless. */
static enum obstacle obstacle_of_elf(const struct elf_facts *facts, const struct program *program)
{
    const struct kind *wanted = &program->wanted;

    if (!facts->executable)
        return OBSTACLE_DAMAGED;
    if (facts->kind.machine != wanted->machine && facts->kind.elf_class == wanted->elf_class)
        return OBSTACLE_OTHER_MACHINE;
    if (facts->go)
        return OBSTACLE_GO;
    if (!facts->dynamic)
        return facts->position_independent ? obstacle_of_shared(facts, program->path)
                                           : OBSTACLE_STATIC;
    if (facts->pascal)
        return OBSTACLE_RAW_CALLS;
    if (!program->by_loader && !exists(facts->interpreter))
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
    program->obstacle = obstacle_of_elf(&facts, program);
    if (program->obstacle == OBSTACLE_NONE && !program->by_loader)
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
    char *word, *rest = NULL;

    memcpy(line, head + 2, length - 2);
    line[length - 2] = '\0';
    line[strcspn(line, "\n")] = '\0';
    word = strtok_r(line, " \t", &rest);
    snprintf(program->interpreter, sizeof program->interpreter, "%s", word != NULL ? word : "");
    if (word == NULL || !exists(word))
        return false;
    if (strcmp(text_base_name(word), "env") == 0 && rest != NULL) {
        snprintf(program->interpreter, sizeof program->interpreter, "%s", rest);
        return program_of_env(rest, next);
    }
    snprintf(next, PATH_MAX, "%s", word);
    return true;
}

/* In bytes of e_ident that ELF has no use for: AppImage's types 1 and 2. */
static bool is_appimage(const char *head)
{
    return head[8] == 'A' && head[9] == 'I' && (head[10] == 1 || head[10] == 2);
}

/* What mounts the image need not be seen itself, if it only starts another program. */
static bool passes_environment_on(enum obstacle obstacle)
{
    return obstacle == OBSTACLE_NONE || obstacle == OBSTACLE_STATIC ||
           obstacle == OBSTACLE_STATIC_PIE || obstacle == OBSTACLE_GO;
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
    if (!program->by_loader && access(program->path, X_OK) < 0)
        goto out;
    program->obstacle = OBSTACLE_NOT_A_PROGRAM;
    length = pread(fd, head, sizeof head, 0);
    if (length >= 4 && memcmp(head, "\177ELF", 4) == 0) {
        inspect_elf(fd, &file, program);
        if (length >= 11 && is_appimage(head) && passes_environment_on(program->obstacle))
            program->obstacle = OBSTACLE_APPIMAGE;
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

/* ---- A program that is named to a loader ---- */

/* The program among a loader's ARGUMENTS: the first that is neither an option nor an option's value
 * (ld.so --help of glibc; of musl's, the same words and --). NULL if there is none. */
static const char *program_of_loader(char *const *arguments)
{
    static const char *const with_value[] = {
        "--library-path", "--glibc-hwcaps-prepend", "--glibc-hwcaps-mask", "--inhibit-rpath",
        "--audit",        "--preload",              "--argv0",
    };

    for (; *arguments != NULL && text_begins_with(*arguments, "--"); arguments++)
        for (size_t i = 0; i < sizeof with_value / sizeof *with_value && arguments[1] != NULL; i++)
            if (strcmp(*arguments, with_value[i]) == 0) {
                arguments++;
                break;
            }
    return *arguments;
}

/* A name that is no path the loader looks for among the libraries: it says itself what it finds. */
void program_inspect_loaded(char *const *arguments, struct program *program)
{
    const char *name = program_of_loader(arguments);
    char next[PATH_MAX];

    if (name == NULL || strlen(name) >= PATH_MAX)
        return;
    program->obstacle = OBSTACLE_NONE;
    if (!exists(name))
        return;
    snprintf(program->path, sizeof program->path, "%s", name);
    program->by_loader = true;
    inspect_file(program, next);
}

/* ---- What a shell script becomes ---- */

/* The program behind "exec" in LINE, if it is written there as it is. */
static bool program_of_exec(char *line, char path[PATH_MAX])
{
    char *rest = NULL, *word = strtok_r(line, " \t", &rest);
    size_t length;

    if (word == NULL || strcmp(word, "exec") != 0)
        return false;
    while ((word = strtok_r(NULL, " \t", &rest)) != NULL && word[0] == '-')
        ;
    if (word == NULL)
        return false;
    length = strlen(word);
    if (length > 1 && (word[0] == '"' || word[0] == '\'') && word[length - 1] == word[0]) {
        word[length - 1] = '\0';
        word++;
    }
    return strpbrk(word, "$`\"'*?[;&|<>\\") == NULL && program_find(word, path);
}

/* Does the library get lost in this line? By words at its start: what a shell makes of quotes and
 * variables is not guessed. A value that has the old one in it keeps the library. */
static bool drops_library(const char *line)
{
    static const char *const starts[] = {
        "unset LD_PRELOAD", "unset -v LD_PRELOAD", "LD_PRELOAD=", "export LD_PRELOAD=",
        "env -i ", "env - ", "env -u LD_PRELOAD", "exec env -i ", "exec env - ",
        "exec env -u LD_PRELOAD", "exec -c ",
    };

    line += strspn(line, " \t");
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (text_begins_with(line, starts[i]))
            return strstr(line, "$LD_PRELOAD") == NULL && strstr(line, "${LD_PRELOAD") == NULL;
    return false;
}

/* The number of the first such line, 0 if there is none. */
static unsigned int line_that_drops(const char *text)
{
    char line[SCRIPT_LINE_MAX];
    unsigned int number = 1;
    size_t length;

    for (; *text != '\0'; text += length + (text[length] == '\n'), number++) {
        length = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : 0), text);
        if (drops_library(line))
            return number;
    }
    return 0;
}

void program_inspect_script(struct program *program)
{
    static char text[SCRIPT_TEXT_MAX + 1];
    static struct program next;
    char path[PATH_MAX], *rest = NULL, *line;
    FILE *file;
    size_t length;

    if (program->script[0] == '\0' || program->obstacle != OBSTACLE_NONE ||
        strstr(text_base_name(program->path), "sh") == NULL ||
        (file = fopen(program->script, "re")) == NULL)
        return;
    length = fread(text, 1, SCRIPT_TEXT_MAX, file);
    fclose(file);
    text[length] = '\0';
    program->line = line_that_drops(text);
    for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (!program_of_exec(line, path))
            continue;
        program_inspect(path, &program->wanted, &next);
        if (next.obstacle == OBSTACLE_NONE)
            continue;
        memcpy(next.script, program->script, sizeof next.script);
        next.by_exec = true;
        *program = next;
        return;
    }
    if (program->line != 0)
        program->obstacle = OBSTACLE_ENVIRONMENT;
}

#include "command/word_size.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/library.h"

/* Where `make M32=1 install` installs to, and `make M32=1` builds: from the command's folder. */
static const char *const places[] = {"/../lib32/", "/../lib/i386-linux-gnu/", "/../lib/", "/32/"};
enum {
    NAME_LIB,
    NAME_BARE,
    NAME_PLACES,
    NAME_COUNT = NAME_PLACES + sizeof places / sizeof *places
};

/* What LD_PRELOAD may name, in this order: first what means another file to each loader. Returns
 * false for one that can't stand there, or is no file. */
static bool make_name(size_t i, char name[PATH_MAX])
{
    char folder[PATH_MAX], path[2 * PATH_MAX];

    if (i == NAME_LIB)
        return library_of_loader(name);
    if (i == NAME_BARE)
        return strcpy(name, LIBRARY_NAME) != NULL;
    if (!library_own_folder(folder))
        return false;
    snprintf(path, sizeof path, "%s%s" LIBRARY_NAME, folder, places[i - NAME_PLACES]);
    return realpath(path, name) != NULL && strpbrk(name, " :$") == NULL;
}

/* Becomes the program's loader, which lists into the pipe ENDS what it would load. */
static _Noreturn void list_loaded(const struct program *program, const char *name,
                                  const int ends[2])
{
    static char preload[PATH_MAX + 16], loader[PATH_MAX], path[PATH_MAX], list[] = "--list";
    char *argv[] = {loader, list, path, NULL};
    char *environment[] = {preload, NULL};
    int null = open("/dev/null", O_RDWR);

    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", name);
    memcpy(loader, program->interpreter, sizeof loader);
    memcpy(path, program->path, sizeof path);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    dup2(null, STDERR_FILENO); /* it says itself what it does not find */
    execve(loader, argv, environment);
    _exit(127);
}

/* "\t/usr/local/lib32/libreuseshim.so (0xf7f00000)" for one that is loaded. */
static bool loads_there(const struct program *program, const char *name)
{
    char line[2 * PATH_MAX];
    bool found = false;
    int ends[2];
    pid_t child;
    FILE *listed;

    if (pipe(ends) < 0)
        return false;
    child = fork();
    if (child == 0)
        list_loaded(program, name, ends);
    close(ends[1]);
    listed = fdopen(ends[0], "r");
    while (listed != NULL && fgets(line, sizeof line, listed) != NULL)
        found |= strstr(line, "/" LIBRARY_NAME " (0x") != NULL;
    if (listed != NULL)
        fclose(listed);
    if (child > 0)
        waitpid(child, NULL, 0);
    return found;
}

static bool find_name(const struct program *program, char name[PATH_MAX])
{
    size_t taken = NAME_COUNT;

    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (!make_name(i, name) || !loads_there(program, name))
            continue;
        if (library_loads_here(name))
            return true;
        if (taken == NAME_COUNT)
            taken = i;
    }
    return taken < NAME_COUNT && make_name(taken, name);
}

void word_size_solve(struct program *program, char library[PATH_MAX])
{
    static struct program other;
    static char name[PATH_MAX];
    struct kind kind = program->wanted;

    if (program->obstacle != OBSTACLE_OTHER_WORD_SIZE)
        return;
    kind.elf_class = program->kind.elf_class;
    kind.machine = program->kind.machine;
    program_inspect(program->script[0] != '\0' ? program->script : program->path, &kind, &other);
    if (other.obstacle != OBSTACLE_NONE || !find_name(&other, name))
        return;
    *program = other;
    strcpy(library, name);
}

#include "command/library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/console.h"
#include "command/program_elf.h"

/* Looked at in this order, from the folder of this command: a build tree, then an installation. */
static const char *const places[] = {"/" LIBRARY_NAME, "/../lib/" LIBRARY_NAME,
                                     "/../lib64/" LIBRARY_NAME};

bool library_own_folder(char folder[PATH_MAX])
{
    char *slash;

    if (realpath(program_own_path(), folder) == NULL)
        return false;
    slash = strrchr(folder, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    return true;
}

/* In ../lib may be one of another word size. */
static bool is_of_our_word_size(const char *path)
{
    struct elf_facts facts;
    struct kind own;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool other = fd >= 0 && program_read_elf(fd, &facts);

    program_own_kind(&own);
    other = other && own.elf_class != facts.kind.elf_class;
    if (fd >= 0)
        close(fd);
    return fd >= 0 && !other;
}

/* The library's file near this command, with its real path. */
static bool find_near(char path[PATH_MAX])
{
    char folder[PATH_MAX], name[2 * PATH_MAX];

    if (!library_own_folder(folder))
        return false;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(name, sizeof name, "%s%s", folder, places[i]);
        if (is_of_our_word_size(name) && realpath(name, path) != NULL)
            return true;
    }
    return false;
}

/* The loader is asked: `reuseshim verify` of itself, preloaded. */
bool library_loads_here(const char *name)
{
    static char verify[] = "verify", self[] = "self", program[] = "reuseshim";
    static char preload[PATH_MAX + 16];
    char *argv[] = {program, verify, self, NULL};
    char *environment[] = {preload, NULL};
    int status, null;
    pid_t child;

    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", name);
    child = fork();
    if (child == 0) {
        null = open("/dev/null", O_RDWR);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO); /* the loader says itself what it does not find */
        execve(program_own_path(), argv, environment);
        _exit(127);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool library_of_loader(char name[PATH_MAX])
{
    char folder[PATH_MAX], *slash;

    if (!library_own_folder(folder) || strpbrk(folder, " :$") != NULL)
        return false;
    slash = strrchr(folder, '/');
    if (slash != NULL)
        *slash = '\0';
    return snprintf(name, PATH_MAX, "%s/$LIB/" LIBRARY_NAME, folder) < PATH_MAX;
}

bool library_find(char path[PATH_MAX])
{
    if (!find_near(path)) {
        strcpy(path, LIBRARY_NAME);
        if (library_loads_here(path) || (library_of_loader(path) && library_loads_here(path)))
            return true;
        console_error(LIBRARY_NAME " is neither beside this command nor where the loader looks; "
                                   "run make install, or ldconfig if it is installed");
        return false;
    }
    if (strpbrk(path, " :$") == NULL)
        return true;
    console_error("%s can't be preloaded, since LD_PRELOAD takes the blanks, ':' and '$' in its "
                  "path for its own; move it",
                  console_shown(path));
    return false;
}

void library_kind(struct kind *kind)
{
    char path[PATH_MAX];
    struct elf_facts facts;
    int fd = find_near(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    program_own_kind(kind);
    if (fd < 0)
        return;
    if (program_read_elf(fd, &facts)) {
        facts.kind.musl |= kind->musl; /* an old musl's library does not name it */
        *kind = facts.kind;
    }
    close(fd);
}

/* The path in a line of /proc/PID/maps: the sixth field, which may contain blanks. */
static char *path_of(char *line)
{
    char *slash = strchr(line, '/');

    line[strcspn(line, "\n")] = '\0';
    return slash;
}

static bool is_library(const char *path)
{
    const char *base = strrchr(path, '/') + 1;
    size_t length = strlen(LIBRARY_NAME);

    return strncmp(base, LIBRARY_NAME, length) == 0 &&
           (base[length] == '\0' || strcmp(base + length, " (deleted)") == 0);
}

bool library_is_loaded(const char *pid, char path[PATH_MAX], int *error)
{
    char name[64];
    char *line = NULL, *mapped;
    size_t size = 0;
    bool found = false;
    FILE *maps;

    snprintf(name, sizeof name, "/proc/%s/maps", pid);
    errno = 0;
    maps = fopen(name, "re");
    *error = maps == NULL ? errno : 0;
    while (maps != NULL && !found && getline(&line, &size, maps) > 0) {
        mapped = path_of(line);
        found = mapped != NULL && is_library(mapped);
        if (found)
            snprintf(path, PATH_MAX, "%s", mapped);
    }
    if (maps != NULL && ferror(maps))
        *error = errno;
    free(line);
    if (maps != NULL)
        fclose(maps);
    return found;
}

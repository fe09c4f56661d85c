/* A library that was deleted, or replaced by another one, keeps its name and its build id; symbols
 * are taken only from the file that runs. Also among 30,000 mappings, and from a path with a line
 * feed in it. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "unwind/elf.h"
#include "unwind/modules.h"

enum { MAPPINGS = 30000 };

static char directory[] = "/tmp/modules_XXXXXX";
static char path[64];
static char memory[65536];

static void remove_files(void)
{
    unlink(path);
    rmdir(directory);
}

static void copy_file(const char *from)
{
    int in = open(from, O_RDONLY);
    int out = open(path, O_WRONLY | O_CREAT | O_EXCL, 0700);
    struct stat status;

    CHECK(in >= 0 && out >= 0 && fstat(in, &status) == 0, "copy of %s", from);
    while (sendfile(out, in, NULL, (size_t)status.st_size) > 0)
        continue;
    close(in);
    close(out);
}

static struct place locate(uintptr_t pc)
{
    struct scratch scratch = {memory, memory + sizeof memory};
    struct place place;

    memset(memory, 0, sizeof memory);
    modules_locate(&pc, 1, &place, &scratch);
    modules_name(&place, 1, &scratch);
    return place;
}

static const char *file_of(const char *library, const char *symbol)
{
    static char name[256];
    void *handle = dlopen(library, RTLD_NOW);
    Dl_info info;

    if (handle == NULL || dladdr(dlsym(handle, symbol), &info) == 0)
        skip("no %s here", library);
    snprintf(name, sizeof name, "%s", info.dli_fname);
    return name;
}

static void map_much(void)
{
    char *many = mmap(NULL, (size_t)MAPPINGS * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(many != MAP_FAILED, "mmap");
    for (size_t i = 0; i < MAPPINGS; i += 2)
        if (mprotect(many + i * 4096, 4096, PROT_NONE) != 0)
            break;
}

int main(void)
{
    char build_id[ELF_BUILD_ID_MAX];
    struct place place;
    uintptr_t cosine;
    void *library;

    CHECK(mkdtemp(directory) != NULL, "mkdtemp");
    snprintf(path, sizeof path, "%s/lib\nm.so", directory);
    atexit(remove_files);
    copy_file(file_of("libm.so.6", "cos"));
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL, "dlopen: %s", dlerror());
    cosine = (uintptr_t)dlsym(library, "lgamma_r");

    place = locate(cosine + 3);
    CHECK_STR(place.module, path, "module");
    CHECK(place.symbol != NULL, "a symbol in %s", path);
    CHECK(place.build_id != NULL, "a build id in %s", path);
    snprintf(build_id, sizeof build_id, "%s", place.build_id);

    map_much();
    unlink(path);
    place = locate(cosine + 3);
    CHECK_STR(place.module, path, "module, deleted");
    CHECK_STR(place.build_id, build_id, "build id, deleted");
    CHECK(place.symbol == NULL, "a symbol %s from a deleted file", place.symbol);

    copy_file(file_of("libc.so.6", "qsort"));
    place = locate(cosine + 3);
    CHECK_STR(place.module, path, "module, replaced");
    CHECK_STR(place.build_id, build_id, "build id, replaced");
    CHECK(place.symbol == NULL, "a symbol %s from another library", place.symbol);

    unlink(path);
    CHECK_EQ(mkfifo(path, 0600), 0, "mkfifo");
    alarm(10); /* a reader of a pipe that nobody writes would wait for ever */
    place = locate(cosine + 3);
    CHECK(place.symbol == NULL, "a symbol %s from a pipe", place.symbol);
    return CHECK_PASSED;
}

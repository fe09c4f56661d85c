/* Hooks that run when the shim has not been started yet, or has ended already, do what the kernel
 * does: from the constructor and the destructor of a library that is loaded before the shim, from
 * an exit handler, and from the constructor of a plugin. */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "same.h"

static void at_exit(void)
{
    same_calls("exit handler");
}

static int play_role(const char *library)
{
    void *plugin;

    atexit(at_exit);
    same_calls("main");
    plugin = dlopen(library, RTLD_NOW);
    CHECK(plugin != NULL, "dlopen: %s", dlerror());
    dlclose(plugin);
    same_calls("after the plugin");
    return CHECK_PASSED;
}

static void beside_me(char *path, const char *name)
{
    CHECK(strlen(run_me()) < PATH_MAX - 64, "path");
    strcpy(path, run_me());
    strcpy(strrchr(path, '/') + 1, name);
}

/* The last of LD_PRELOAD is started first and ended last. */
static void check_preloaded(const char *library, const char *plugin)
{
    char plain[2 * PATH_MAX], before[2 * PATH_MAX], after[2 * PATH_MAX];
    char *plain_extra[] = {plain, NULL}, *before_extra[] = {before, NULL},
         *after_extra[] = {after, NULL};
    struct run_result expected;

    snprintf(plain, sizeof plain, "LD_PRELOAD=%s", library);
    snprintf(before, sizeof before, "LD_PRELOAD=%s:%s", run_library(), library);
    snprintf(after, sizeof after, "LD_PRELOAD=%s:%s", library, run_library());
    expected = run_self(plugin, plain_extra);
    CHECK_CONTAINS(expected.out, "constructor: ", "the library's own calls");
    CHECK_CONTAINS(expected.out, "destructor: ", "the library's own calls");
    same_under(plugin, "explain", before_extra, &expected);
    same_under(plugin, "log", before_extra, &expected);
    same_under(plugin, "explain", after_extra, &expected);
    same_under(plugin, "log", after_extra, &expected);
}

int main(int argc, char **argv)
{
    char library[PATH_MAX];
    struct run_result explained;

    if (argc > 1)
        return play_role(argv[1]);
    beside_me(library, "binds_when_loaded.so");
    explained = same_with_and_without(library, NULL);
    CHECK_CONTAINS(explained.err, " cannot bind ", "the explanation");
    check_preloaded(library, library);
    return CHECK_PASSED;
}

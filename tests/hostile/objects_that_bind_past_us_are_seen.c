/* A plugin that is opened with RTLD_DEEPBIND finds the C library's bind first; all the same it is
 * explained, logged and forced. What dlopen, dlsym, dladdr and dlclose give is what they give
 * without the shim. */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "run.h"

static const char *base_of(const void *address)
{
    Dl_info info;
    const char *slash;

    if (address == NULL || dladdr(address, &info) == 0 || info.dli_fname == NULL)
        return "nowhere";
    slash = strrchr(info.dli_fname, '/');
    return slash != NULL ? slash + 1 : info.dli_fname;
}

static void ask(void *plugin)
{
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    int (*next)(void);

    *(void **)&next = dlsym(plugin, "plugin_next_is_itself");
    run_say("plugin_serve in %s", base_of(dlsym(plugin, "plugin_serve")));
    run_say("bind of libc in %s", base_of(dlsym(libc, "bind")));
    run_say("bind of the plugin in %s", base_of(dlsym(plugin, "bind")));
    run_say("next %d", next());
    run_say("unknown %d: %s", dlsym(plugin, "no_such_symbol") == NULL,
            dlerror() != NULL ? "told" : "not told");
    dlclose(libc);
}

/* FLAGS of dlopen: opens the plugin, lets it bind twice, closes it. */
static int use_plugin(int flags)
{
    char library[PATH_MAX];
    void *plugin;
    int (*serve)(int *);
    int port = 0, first, second;

    strcpy(library, run_me());
    strcpy(strrchr(library, '/') + 1, "binds_past_us.so");
    plugin = dlopen(library, flags);
    CHECK(plugin != NULL, "%s", dlerror());
    ask(plugin);
    *(void **)&serve = dlsym(plugin, "plugin_serve");
    first = serve(&port);
    second = serve(&port);
    run_say("%s %s", check_errno_name(first), check_errno_name(second));
    dlclose(plugin);
    run_say("loaded %d", dlopen(library, RTLD_LAZY | RTLD_NOLOAD) != NULL);
    return CHECK_PASSED;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *role;
        int flags;
    } ways[] = {
        {"now", RTLD_NOW},
        {"deep-now", RTLD_NOW | RTLD_DEEPBIND},
        {"deep-lazy", RTLD_LAZY | RTLD_DEEPBIND},
    };

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct run_result plain, run;

        if (argc > 1 && strcmp(argv[1], ways[i].role) == 0)
            return use_plugin(ways[i].flags);
        if (argc > 1)
            continue;
        plain = run_self(ways[i].role, NULL);
        CHECK_EQ(plain.status, CHECK_PASSED, "%s: without the shim", ways[i].role);
        CHECK_CONTAINS(plain.out, "success EADDRINUSE", "%s", ways[i].role);
        CHECK_CONTAINS(plain.out, "loaded 0", "%s", ways[i].role);
        run = run_shimmed(ways[i].role, "explain", NULL);
        CHECK_STR(run.out, plain.out, "%s: under the shim", ways[i].role);
        CHECK_CONTAINS(run.err, "[bound-twice]", "%s: explained", ways[i].role);
        run = run_shimmed(ways[i].role, "force+log", NULL);
        CHECK_STR(run.out, plain.out, "%s: under force", ways[i].role);
        CHECK_CONTAINS(run.err, "SO_REUSEADDR 1", "%s: forced", ways[i].role);
        CHECK_CONTAINS(run.err, "bind(", "%s: logged", ways[i].role);
        CHECK_CONTAINS(run.err, "plugin_serve", "%s: with the plugin's place", ways[i].role);
    }
    return CHECK_PASSED;
}

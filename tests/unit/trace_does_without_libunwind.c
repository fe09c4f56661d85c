/* Where libunwind is not installed, or is a file that is no library, everything works but stacks:
 * no frames, errno untouched, and no message left for the program's dlerror(). */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "mounts.h"
#include "unwind/trace.h"

enum { PATHS = 2, PATH_SIZE = 512 };

/* Where the loader would find the library: asked in a child, because here it must stay unloaded. */
static void find_paths(char paths[PATHS][PATH_SIZE])
{
    static const char *const names[PATHS] = {"libunwind.so.8", "libunwind.so"};
    int ends[2];
    pid_t child;

    CHECK_EQ(pipe(ends), 0, "pipe");
    child = fork();
    if (child == 0) {
        for (int i = 0; i < PATHS; i++) {
            char found[PATH_SIZE] = "";
            void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
            struct link_map *map;

            if (library != NULL && dlinfo(library, RTLD_DI_LINKMAP, &map) == 0)
                strncpy(found, map->l_name, sizeof found - 1);
            if (write(ends[1], found, sizeof found) != sizeof found)
                _exit(1);
        }
        _exit(0);
    }
    for (int i = 0; i < PATHS; i++)
        CHECK_EQ(read(ends[0], paths[i], PATH_SIZE), PATH_SIZE, "path from the child");
    waitpid(child, NULL, 0);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    char paths[PATHS][PATH_SIZE];
    struct trace trace = {.count = 77};
    char *message;

    find_paths(paths);
    if (!mounts_unshare())
        skip("a mount namespace is not permitted: %s", strerror(errno));
    for (int i = 0; i < PATHS; i++)
        if (paths[i][0] != '\0' && mount("/dev/null", paths[i], NULL, MS_BIND, NULL) != 0)
            skip("can't mount over %s: %s", paths[i], strerror(errno));

    dlerror();
    errno = EXDEV;
    CHECK_EQ(trace_warm(), false, "trace_warm() without libunwind");
    CHECK_EQ(errno, EXDEV, "errno after trace_warm()");
    message = dlerror();
    CHECK(message == NULL, "dlerror() says: %s", message);
    CHECK_EQ(trace_available(), false, "trace_available()");
    trace_capture(&trace, true);
    CHECK_EQ(trace.count, 0, "frames");
    CHECK_EQ(errno, EXDEV, "errno after trace_capture()");
    CHECK_EQ(trace_warm(), false, "trace_warm() again");
    return CHECK_PASSED;
}

/* Whatever is installed as libunwind.so.8 is used only if all that it imports is known: one that
 * could make another system call is never called, and the explanation says so. */
#include "check.h"
#include "net.h"
#include "run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int bind_twice(void)
{
    int port = net_port(net_listener("127.0.0.1", 0, 0, 0));

    CHECK_RESULT(net_bind(net_tcp("127.0.0.1"), "127.0.0.1", port), -98, "the second bind");
    return 0;
}

/* Runs the double bind where LIBRARY, beside this test, is libunwind.so.8. */
static struct run_result run_with(const char *library)
{
    char folder[] = "/tmp/unwinder.XXXXXX", target[PATH_MAX], name[PATH_MAX], path[PATH_MAX];
    char *const extra[] = {path, NULL};
    struct run_result result;

    CHECK(mkdtemp(folder) != NULL, "a folder");
    snprintf(target, sizeof target, "%.*s/%s", (int)(strrchr(run_me(), '/') - run_me()), run_me(),
             library);
    CHECK(access(target, R_OK) == 0, "%s is there", target);
    snprintf(name, sizeof name, "%s/libunwind.so.8", folder);
    snprintf(path, sizeof path, "LD_LIBRARY_PATH=%s", folder);
    CHECK_EQ(symlink(target, name), 0, "a link to it");
    result = run_shimmed("twice", "explain", extra);
    unlink(name);
    rmdir(folder);
    CHECK_EQ(result.status, 0, "with %s: %s", library, result.err);
    CHECK_CONTAINS(result.err, "[bound-twice]", "with %s", library);
    return result;
}

int main(int argc, char **argv)
{
    struct run_result result;

    if (argc > 1)
        return strcmp(argv[1], "twice") == 0 ? bind_twice() : 1;
    net_own_namespace();

    result = run_with("unwinder.so");
    CHECK_CONTAINS(result.err, "unw_backtrace+0x1", "its frame, as all of its imports are known");
    CHECK_LACKS(result.err, "is not used", "with known imports");

    result = run_with("strange_unwinder.so");
    CHECK_LACKS(result.err, "unw_backtrace+0x1", "no frame");
    CHECK_CONTAINS(result.err, "is not used", "why there is no stack");
    CHECK_CONTAINS(result.err, "sched_yield", "the call that is not known");
    return CHECK_PASSED;
}

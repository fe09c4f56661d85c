/* A history that was written in another network namespace is not taken for one of here, also when
 * that one is gone and this one has got its inode. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "past/past.h"
#include "net.h"
#include "run.h"

enum { NAMESPACES = 600 };

struct seen {
    struct past_here here;
    uint64_t inode;
};

static int talk[2];

static int tell(void *unused)
{
    struct seen seen;
    struct stat status;

    (void)unused;
    net_own_namespace();
    memset(&seen, 0, sizeof seen);
    past_here(&seen.here);
    CHECK(stat("/proc/self/ns/net", &status) == 0, "the namespace");
    seen.inode = status.st_ino;
    return write(talk[1], &seen, sizeof seen) == (ssize_t)sizeof seen ? CHECK_PASSED
                                                                       : CHECK_FAILED;
}

static bool is_of(const struct past_here *here, const struct past_here *writer)
{
    struct history_process process = {.pid = 1, .network = writer->network};

    memcpy(process.boot, writer->boot, sizeof process.boot);
    return past_is_of_here(here, &process);
}

/* One namespace after another, until one has got another's inode. */
int main(void)
{
    static struct seen seen[NAMESPACES];
    bool again = false;

    CHECK(pipe(talk) == 0, "pipe");
    for (int i = 0; i < NAMESPACES && !again; i++) {
        struct run_result child = run_function(tell, NULL);

        if (child.status == CHECK_SKIPPED)
            skip("no network namespace of its own");
        CHECK_EQ(child.status, CHECK_PASSED, "%s", child.err);
        CHECK(read(talk[0], &seen[i], sizeof *seen) == (ssize_t)sizeof *seen, "where it was");
        if (seen[i].here.network < UINT64_C(1) << 63)
            skip("no SO_NETNS_COOKIE, which is of Linux 5.14");
        CHECK(is_of(&seen[i].here, &seen[i].here), "it is of its own namespace");
        for (int j = 0; j < i; j++) {
            CHECK(!is_of(&seen[i].here, &seen[j].here), "namespace %d is taken for %d", i, j);
            again |= seen[i].inode == seen[j].inode;
        }
    }
    if (!again)
        skip("no inode was given out again");
    return CHECK_PASSED;
}

#include "confine/proof.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/lines.h"
#include "rules/container.h"
#include "rules/settings.h"

/* Of the first look. Written by proof_at_start() and proof_of_trial(), before there are threads of
 * the program's that could ask, or by the one that reads the settings. */
static struct {
    int32_t filters; /* 0 = there were none, or nobody knows */
    int32_t pid;
    int32_t tried;
} start;

static _Atomic bool forked;

/* Asked once: what a container is does not change. 0 = not asked yet. */
static _Atomic enum { NOT_ASKED = 0, IN_CONTAINER, NO_CONTAINER } container;

void proof_at_start(const struct confinement *now)
{
    if (start.pid != 0)
        return;
    start.filters = now->filters;
    start.pid = now->pid;
}

void proof_of_trial(int helper)
{
    start.tried = helper;
}

void proof_of_fork(void)
{
    atomic_store_explicit(&forked, true, memory_order_relaxed);
}

static bool take_mount(void *context, const char *line)
{
    container_take_mount(context, line);
    return true;
}

/* A file that tells of an engine (/.dockerenv), or a cgroup, would be seen from a sandbox within a
 * container as well, which has a pid 1 and a filter of its own making. */
static bool is_in_container(void)
{
    struct container_mounts mounts = {.proc = 0};
    int fd = sys_open_at(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);

    if (fd < 0)
        return false;
    lines_each_head(fd, take_mount, &mounts);
    sys_close(fd);
    return mounts.masked;
}

/* The filters of pid 1, 0 = not known. */
static int32_t filters_of_first(void)
{
    char text[3072];
    uint64_t filters;

    return sys_read_file(AT_FDCWD, "/proc/1/status", text, sizeof text) > 0 &&
                   text_number_after(text, "\nSeccomp_filters:", &filters)
               ? (int32_t)filters
               : 0;
}

static bool are_containers(const struct confinement *now)
{
    if (atomic_load_explicit(&container, memory_order_relaxed) == NOT_ASKED)
        atomic_store_explicit(&container, is_in_container() ? IN_CONTAINER : NO_CONTAINER,
                              memory_order_relaxed);
    return atomic_load_explicit(&container, memory_order_relaxed) == IN_CONTAINER &&
           filters_of_first() == now->filters;
}

static bool are_of_the_start(const struct confinement *now)
{
    return start.tried != HELPER_OFF && start.filters > 0 && now->filters == start.filters;
}

bool proof_holds(const struct confinement *now, bool by_fork)
{
    bool made = atomic_load_explicit(&forked, memory_order_relaxed) || now->pid != start.pid;

    return are_of_the_start(now) &&
           (start.tried == now->filters || (by_fork && made) || are_containers(now));
}

bool proof_answers(const struct confinement *now)
{
    return are_of_the_start(now) && are_containers(now);
}

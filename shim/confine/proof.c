#include "confine/proof.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

#include "base/sys.h"
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

/* What an engine leaves in its containers: Docker; Podman and CRI-O; systemd-nspawn. */
static bool has_engines_file(void)
{
    static const char *const files[] = {"/.dockerenv", "/run/.containerenv",
                                        "/run/host/container-manager"};
    size_t i;

    for (i = 0; i < sizeof files / sizeof *files; i++) {
        int fd = sys_open_at(AT_FDCWD, files[i], O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0);

        if (fd >= 0) {
            sys_close(fd);
            return true;
        }
    }
    return false;
}

static bool has_word(const char *text, const char *words)
{
    for (; *words != '\0'; words += strlen(words) + 1)
        if (strstr(text, words) != NULL)
            return true;
    return false;
}

/* Names an engine's folder in PATH one of WORDS, each ended by a NUL and the last by two? A piece
 * of the file that is cut in two is looked at twice. */
static bool names_engine(const char *path, const char *words)
{
    enum { PIECE = 2048, OVERLAP = 64 };
    char text[PIECE + 1];
    int fd = sys_open_at(AT_FDCWD, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
    size_t kept = 0;
    bool found = false;
    long got;

    while (fd >= 0 && !found && (got = sys_read(fd, text + kept, PIECE - kept)) > 0) {
        kept += (size_t)got;
        text[kept] = '\0';
        found = has_word(text, words);
        if (kept > OVERLAP) {
            memmove(text, text + kept - OVERLAP, OVERLAP);
            kept = OVERLAP;
        }
    }
    if (fd >= 0)
        sys_close(fd);
    return found;
}

static bool is_in_container(void)
{
    return has_engines_file() ||
           names_engine("/proc/self/cgroup", "/docker\0/libpod\0/kubepods\0/crio\0"
                                             "containerd\0/lxc\0/machine.slice\0") ||
           names_engine("/proc/self/mountinfo", "/kubelet/pods/\0/nerdctl/\0");
}

/* The filters of pid 1, 0 = not known. */
static int32_t filters_of_first(void)
{
    static const char key[] = "\nSeccomp_filters:";
    char text[3072];
    const char *at;
    int32_t filters = 0;

    if (sys_read_file(AT_FDCWD, "/proc/1/status", text, sizeof text) <= 0 ||
        (at = strstr(text, key)) == NULL)
        return 0;
    for (at += sizeof key - 1; *at == ' ' || *at == '\t'; at++)
        ;
    for (; *at >= '0' && *at <= '9'; at++)
        filters = filters * 10 + (*at - '0');
    return filters;
}

static bool are_containers(const struct confinement *now)
{
    if (atomic_load_explicit(&container, memory_order_relaxed) == NOT_ASKED)
        atomic_store_explicit(&container, is_in_container() ? IN_CONTAINER : NO_CONTAINER,
                              memory_order_relaxed);
    return atomic_load_explicit(&container, memory_order_relaxed) == IN_CONTAINER &&
           filters_of_first() == now->filters;
}

bool proof_holds(const struct confinement *now)
{
    if (start.tried == HELPER_OFF || start.filters <= 0 || now->filters != start.filters)
        return false;
    return start.tried == now->filters || atomic_load_explicit(&forked, memory_order_relaxed) ||
           now->pid != start.pid || are_containers(now);
}

#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "hook/filter.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/jump.h"
#include "base/rare.h"
#include "base/sys.h"
#include "confine/confinement.h"
#include "hook/next.h"
#include "hook/remember.h"
#include "hook/setup.h"
#include "unwind/imports.h"
#include "rules/bpf.h"

enum { FILTER_IMPORTS = 2, PIECE = 4096 }; /* bytes that sys_readable() takes at once */

_Atomic bool filter_is_on, filter_lets_hold;

/* As the program would have found them, whoever defines them. Written by filter_watch(), before the
 * functions below are called. */
static int (*prctl_next)(int, long, long, long, long);
static long (*syscall_next)(long, long, long, long, long, long);

/* What it takes to look at /proc and to tell something (report/sink_confined.c), as system call and
 * flags: those of the other calls do not matter. */
static const struct {
    int number;
    int flags;
} needed[] = {
    {SYS_openat, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC},
    {SYS_openat, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC},
    {SYS_openat, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC},
    {SYS_openat, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC},
    {SYS_openat,
     O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC},
    {SYS_read, 0},
    {SYS_write, 0},
    {SYS_close, 0},
};

static bool does_no_harm(uint32_t answer)
{
    uint32_t action = answer & SECCOMP_RET_ACTION_FULL;

    return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG ||
           action == SECCOMP_RET_ERRNO;
}

/* The caller's memory may be anything. */
static bool is_readable(const struct sock_fprog *program)
{
    size_t i, size, piece;

    if (program == NULL || !sys_readable(program, sizeof *program))
        return false;
    size = program->len * sizeof *program->filter;
    for (i = 0; i < size; i += piece) {
        piece = size - i < PIECE ? size - i : PIECE;
        if (!sys_readable((const char *)program->filter + i, piece))
            return false;
    }
    return true;
}

static bool lets(const struct sock_fprog *program, int number, int flags)
{
    struct seccomp_data data = {
        .nr = number,
        .arch = BPF_OWN_ARCH,
        .instruction_pointer = (uintptr_t)syscall_next,
        .args = {(uint64_t)AT_FDCWD, (uintptr_t)&needed, (unsigned int)flags},
    };

    return does_no_harm(bpf_run(program->filter, program->len, &data));
}

/* Would a look be safe? */
static bool lets_look(const struct sock_fprog *program)
{
    size_t i = 0;

    while (i < sizeof needed / sizeof *needed &&
           lets(program, needed[i].number, needed[i].flags))
        i++;
    return i == sizeof needed / sizeof *needed;
}

/* A filter comes: PROGRAM, or NULL where nothing but read, write and exit are to be allowed.
 * FOR_ALL: on every thread. Returns whether it is the first. */
RARE static bool prepare(const struct sock_fprog *program, bool for_all)
{
    int saved = errno;
    bool first = !filter_is_on, known = first && is_readable(program), unfiltered;
    enum mode mode;

    /* Under the first one, nothing can be asked of the second: whether it can be read. */
    if (first) {
        mode = setup_mode();
        if (mode == MODE_PLAIN || mode == MODE_POLICY) {
            setup_stacks();
            remember_before_filter();
        }
        filter_is_on = true;
    }
    unfiltered = confinement_expect(known && lets_look(program));
    filter_lets_hold = unfiltered && known && lets(program, SYS_rt_sigprocmask, 0);
    if (for_all && !next_single_threaded())
        confinement_wait(unfiltered);
    errno = saved;
    return first;
}

/* The call has come back with RESULT. */
static void finish(bool first, long result)
{
    if (first && result == -1) {
        filter_is_on = filter_lets_hold = false;
        confinement_expect_none();
    }
}

static const struct sock_fprog *program_of(bool is_filter, long address)
{
    return is_filter ? (const struct sock_fprog *)(uintptr_t)address : NULL;
}

RARE static int prctl_prepared(int option, long a, long b, long c, long d)
{
    bool first = prepare(program_of((int)a == SECCOMP_MODE_FILTER, b), false);
    int result = prctl_next(option, a, b, c, d);

    finish(first, result);
    return result;
}

RARE static long syscall_prepared(long number, long a, long b, long c, long d, long e)
{
    bool by_prctl = number == SYS_prctl;
    bool is_filter = by_prctl ? b == SECCOMP_MODE_FILTER : a == SECCOMP_SET_MODE_FILTER;
    bool for_all = !by_prctl && is_filter && ((unsigned long)b & SECCOMP_FILTER_FLAG_TSYNC) != 0;
    bool first = prepare(program_of(is_filter, c), for_all);
    long result = syscall_next(number, a, b, c, d, e);

    finish(first, result);
    return result;
}

/* Whatever the caller has given is handed on as it lies there, in registers or on his stack; of
 * syscall's seven words the last, too, which nobody here touches. Nothing of ours is on the stack
 * of a call that returns twice. */
ENDS_IN_A_JUMP static int prctl_seen(int option, long a, long b, long c, long d)
{
    if (option == PR_SET_SECCOMP)
        return prctl_prepared(option, a, b, c, d);
    JUMP prctl_next(option, a, b, c, d);
}

ENDS_IN_A_JUMP static long syscall_seen(long number, long a, long b, long c, long d, long e)
{
    if ((number == SYS_seccomp && a <= SECCOMP_SET_MODE_FILTER) ||
        (number == SYS_prctl && a == PR_SET_SECCOMP))
        return syscall_prepared(number, a, b, c, d, e);
    JUMP syscall_next(number, a, b, c, d, e);
}

static struct import seen[FILTER_IMPORTS];

/* What NAME means in the program, and whether that is the C library's own. */
RARE static uintptr_t find(struct import *import, const char *name, void (*instead)(void),
                           void *libc)
{
    void *meant = dlsym(RTLD_DEFAULT, name);

    import->name = name;
    import->replacement = instead;
    import->meant = (uintptr_t)meant;
    import->unbound_too = libc != NULL && meant == dlsym(libc, name);
    return import->meant;
}

/* Where somebody else has a hand in it already, a slot stays as it is: another library's hook, an
 * auditor, another version of the function. */
void filter_watch(void)
{
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    bool found = find(&seen[0], "prctl", (void (*)(void))prctl_seen, libc) != 0 &&
                 find(&seen[1], "syscall", (void (*)(void))syscall_seen, libc) != 0;

    if (libc != NULL)
        dlclose(libc);
    else
        dlerror(); /* what failed here is not the program's business */
    if (!found || next_environment("LD_AUDIT") != NULL)
        return;
    memcpy(&prctl_next, &seen[0].meant, sizeof prctl_next);
    memcpy(&syscall_next, &seen[1].meant, sizeof syscall_next);
    filter_watch_loaded();
}

/* Where another library wraps one of the two, it would come to itself again: those stay. */
void *filter_pointer(void *handle, const char *name, void *(*lookup)(void *, const char *))
{
    void *pointer = NULL;

    for (size_t i = 0; i < FILTER_IMPORTS; i++)
        if (seen[i].unbound_too && syscall_next != NULL && strcmp(name, seen[i].name) == 0 &&
            (uintptr_t)lookup(handle, name) == seen[i].meant)
            memcpy(&pointer, &seen[i].replacement, sizeof pointer);
    return pointer;
}

void filter_watch_loaded(void)
{
    if (syscall_next != NULL)
        imports_redirect_others((const void *)(uintptr_t)prctl_seen, seen, FILTER_IMPORTS);
}

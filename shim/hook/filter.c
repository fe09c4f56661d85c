#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "hook/filter.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/rare.h"
#include "hook/remember.h"
#include "hook/setup.h"
#include "memory/imports.h"

/* A function that ends in a jump, and a return that is one: the stack is as the caller left it. */
#ifdef __clang__
#define ENDS_IN_A_JUMP
#define JUMP __attribute__((musttail)) return
#else
#define ENDS_IN_A_JUMP __attribute__((optimize("O2", "omit-frame-pointer")))
#define JUMP return
#endif

bool filter_is_on;

/* As the program would have found them, whoever defines them. Written by filter_watch(), before the
 * functions below are called. */
static int (*prctl_next)(int, long, long, long, long);
static long (*syscall_next)(long, long, long, long, long, long);

RARE static void prepare(void)
{
    enum mode mode;
    int saved = errno;

    if (filter_is_on)
        return; /* a second one, under the first */
    mode = setup_mode();
    if (mode == MODE_PLAIN || mode == MODE_POLICY) {
        setup_stacks();
        remember_before_filter();
    }
    filter_is_on = true;
    errno = saved;
}

RARE static int prctl_prepared(int option, long a, long b, long c, long d)
{
    prepare();
    return prctl_next(option, a, b, c, d);
}

RARE static long syscall_prepared(long number, long a, long b, long c, long d, long e)
{
    prepare();
    return syscall_next(number, a, b, c, d, e);
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
    if (number == SYS_seccomp || (number == SYS_prctl && a == PR_SET_SECCOMP))
        return syscall_prepared(number, a, b, c, d, e);
    JUMP syscall_next(number, a, b, c, d, e);
}

void filter_watch(void)
{
    struct import imports[] = {{"prctl", (void (*)(void))prctl_seen, false},
                               {"syscall", (void (*)(void))syscall_seen, false}};
    void *found[] = {dlsym(RTLD_DEFAULT, "prctl"), dlsym(RTLD_DEFAULT, "syscall")};

    if (found[0] == NULL || found[1] == NULL)
        return;
    memcpy(&prctl_next, &found[0], sizeof prctl_next);
    memcpy(&syscall_next, &found[1], sizeof syscall_next);
    imports_redirect_others((const void *)(uintptr_t)prctl_seen, imports, 2);
}

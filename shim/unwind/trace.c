#include "unwind/trace.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/sys.h"
#include "unwind/imports.h"
#include "unwind/walk_cache.h"
#include "unwind/stack.h"
#include "unwind/stub.h"

/* A hook and what it calls before it comes here. Each frame walked costs some 80 instructions. */
enum { OWN_FRAMES_MAX = 6 };

/* Bytes that the longest way through libunwind takes; measured, with some to spare: 5 KiB of 11 on
 * x86-64, 10 to 14 on s390x, POWER and arm64, 40 on ARM, 68 on RISC-V. */
#if defined(__x86_64__) || defined(__i386__)
enum { WALK_STACK = 11 * 1024 };
#elif defined(__aarch64__) || defined(__s390x__) || defined(__powerpc64__)
enum { WALK_STACK = 20 * 1024 };
#else
enum { WALK_STACK = 80 * 1024 };
#endif

/* Written by trace_warm() alone: first what a walk needs, then the state. */
static int (*walk)(void **pc, int count);
static bool is_shared;
static const char *stranger;
static _Atomic int state; /* enum stacks */

_Static_assert(sizeof(void *) == sizeof(uintptr_t), "an address is an address");

/* Where our own code lies, by the linker. Hidden, so it is this object and no other. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

extern char __libc_single_threaded __attribute__((weak)); /* glibc 2.32 */

static bool is_alone(void)
{
    return &__libc_single_threaded != NULL && __libc_single_threaded;
}

static bool is_own(const void *pc)
{
    return (uintptr_t)pc - (uintptr_t)__ehdr_start < (uintptr_t)(_end - __ehdr_start);
}

enum stacks trace_stacks(void)
{
    return (enum stacks)atomic_load_explicit(&state, memory_order_acquire);
}

const char *trace_stranger(void)
{
    return trace_stacks() == STACKS_STRANGE_LIBRARY ? stranger : NULL;
}

bool trace_available(void)
{
    return trace_stacks() == STACKS_KNOWN;
}

/* LLVM's library of the same name has no unw_backtrace, and is not what we look for. */
static void *open_library(void)
{
    static const char *const names[] = {"libunwind.so.8", "libunwind.so"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);

        is_shared = library != NULL;
        if (library == NULL)
            library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (library != NULL && dlsym(library, "unw_backtrace") != NULL)
            return library;
        if (library != NULL)
            dlclose(library);
    }
    return NULL;
}

/* There in a program that was built with the thread sanitizer, which stands in front of mutexes:
 * libunwind takes one when a thread ends, and the sanitizer, which has given up the thread by then,
 * crashes (gcc 12). */
extern void __tsan_acquire(void *) __attribute__((weak));

/* A library that can't be used stays open: the program may have got it from us meanwhile, and it
 * does no harm. */
static enum stacks library_prepare(void)
{
    void *pc[TRACE_FRAMES_MAX];
    void *library = __tsan_acquire == NULL ? open_library() : NULL;
    void *address = library == NULL ? NULL : dlsym(library, "unw_backtrace");
    int count;

    dlerror(); /* what failed here is not the program's business */
    if (address == NULL)
        return STACKS_NO_LIBRARY;
    if (stub_install(address, is_shared, &stranger) < 0)
        return stranger != NULL ? STACKS_STRANGE_LIBRARY : STACKS_NO_LIBRARY;
    memcpy(&walk, &address, sizeof walk);
    stub_walking = WALKING;
    count = walk(pc, TRACE_FRAMES_MAX);
    stub_walking = NOT_WALKING;
    walk_cache_trim();
    return count > 0 ? STACKS_KNOWN : STACKS_NO_LIBRARY;
}

bool trace_warm(void)
{
    static _Atomic int begun;
    int saved_errno = errno;
    enum stacks now;

    if (!atomic_exchange(&begun, true)) {
        now = imports_can_redirect() ? library_prepare() : STACKS_STRANGE_MACHINE;
        atomic_store_explicit(&state, (int)now, memory_order_release);
        errno = saved_errno;
    }
    return trace_available();
}

void trace_capture(struct trace *trace, bool may_ask)
{
    void *pc[OWN_FRAMES_MAX + TRACE_FRAMES_MAX];
    int saved_errno = errno;
    int count;
    int first = 0;

    trace->count = 0;
    /* A signal handler must not enter libunwind a second time: the inner walk could replace the
     * very table that the outer one is reading. */
    if (!trace_available() || stub_walking || !stack_has_room(WALK_STACK, may_ask))
        return;
    stub_walking = is_alone() && !is_shared ? WALKING_ALONE : WALKING;
    count = walk(pc, OWN_FRAMES_MAX + TRACE_FRAMES_MAX);
    stub_walking = NOT_WALKING;
    errno = saved_errno;
    while (first < count && first < OWN_FRAMES_MAX && is_own(pc[first]))
        first++;
    count -= first;
    if (count > TRACE_FRAMES_MAX)
        count = TRACE_FRAMES_MAX;
    trace->count = count > 0 ? (uint32_t)count : 0;
    memcpy(trace->pc, pc + first, sizeof trace->pc); /* a size that is known goes by words */
}

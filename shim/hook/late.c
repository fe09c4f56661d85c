#define _GNU_SOURCE /* dl_iterate_phdr, RTLD_DEFAULT */
#include "hook/late.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "base/jump.h"
#include "base/rare.h"
#include "hook/filter.h"
#include "hook/next.h"
#include "table/lock.h"
#include "unwind/imports.h"

enum { DLSYM = 0, IMPORT_COUNT = 5 };

/* That of dlsym is there from the start; the others are found by the first look. */
static struct import imports[IMPORT_COUNT];
static void *(*dlsym_next)(void *, const char *);

/* How many objects had been loaded when they were looked at; and whether there is anything to look
 * for. */
static _Atomic unsigned long long seen;
static _Atomic bool is_prepared;
static _Atomic int is_preparing; /* exchanging one byte takes libatomic on RISC-V */

static int read_loaded(struct dl_phdr_info *info, size_t size, void *data)
{
    if (size >= offsetof(struct dl_phdr_info, dlpi_adds) + sizeof info->dlpi_adds)
        *(unsigned long long *)data = info->dlpi_adds;
    return 1;
}

static unsigned long long loaded_count(void)
{
    unsigned long long count = 0;

    dl_iterate_phdr(read_loaded, &count);
    return count;
}

/* What NAME is in the C library; what the program finds by it first tells where a slot would lead
 * that has not been bound yet: if that is not us, it is left as it is. */
static struct import import_of(const char *name, void (*ours)(void), void *libc)
{
    void *first = dlsym_next(RTLD_DEFAULT, name);

    return (struct import){.name = name,
                           .replacement = ours,
                           .meant = (uintptr_t)dlsym_next(libc, name),
                           .unbound_too = first != NULL && (uintptr_t)first == (uintptr_t)ours};
}

/* By one thread, once. An error of the program's own that it has not asked for yet would be lost,
 * so nothing is asked for that may fail. */
RARE static void prepare(void)
{
    void *libc;

    if (atomic_exchange(&is_preparing, true))
        return;
    libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    if (libc == NULL)
        return;
    imports[1] = import_of("socket", (void (*)(void))socket, libc);
    imports[2] = import_of("setsockopt", (void (*)(void))setsockopt, libc);
    imports[3] = import_of("bind", (void (*)(void))bind, libc);
    imports[4] = import_of("listen", (void (*)(void))listen, libc);
    dlclose(libc);
    filter_watch();
    atomic_store(&is_prepared, true);
}

/* In the child of a threaded process's fork the loader's list may be locked for ever. */
RARE static void look(void)
{
    int saved = errno;
    unsigned long long now;

    if (!lock_in_fork_child() || next_single_threaded()) {
        now = loaded_count();
        if (atomic_exchange_explicit(&seen, now, memory_order_relaxed) != now) {
            prepare();
            if (atomic_load(&is_prepared)) {
                imports_redirect_others((const void *)(uintptr_t)look, imports, IMPORT_COUNT);
                filter_watch_loaded();
            }
        }
    }
    errno = saved;
}

/* The caller's place counts for RTLD_NEXT, so it must stay the caller. */
ENDS_IN_A_JUMP static void *dlsym_seen(void *handle, const char *name)
{
    void *pointer = NULL;

    look();
    if (atomic_load(&is_prepared))
        pointer = filter_pointer(handle, name, dlsym_next);
    if (pointer != NULL)
        return pointer;
    JUMP dlsym_next(handle, name);
}

void late_watch(void)
{
    if (next_environment("LD_AUDIT") != NULL)
        return;
    dlsym_next = dlsym;
    imports[DLSYM] = (struct import){
        .name = "dlsym",
        .replacement = (void (*)(void))dlsym_seen,
        .meant = (uintptr_t)dlsym,
        .unbound_too = true,
    };
    imports_redirect_others((const void *)(uintptr_t)look, imports, 1);
}

#define _GNU_SOURCE /* dl_iterate_phdr, RTLD_DEFAULT */
#include "hook/late.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#include "base/jump.h"
#include "base/rare.h"
#include "hook/next.h"
#include "table/lock.h"
#include "unwind/imports.h"

enum { IMPORT_COUNT = 5 };

/* Written by late_watch(), before the function below is called. */
static struct import imports[IMPORT_COUNT];
static void *(*dlsym_next)(void *, const char *);

/* How many objects had been loaded when they were looked at. */
static _Atomic unsigned long long seen;

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

/* In the child of a threaded process's fork the loader's list may be locked for ever. */
RARE static void look(void)
{
    int saved = errno;
    unsigned long long now;

    if (!lock_in_fork_child() || next_single_threaded()) {
        now = loaded_count();
        if (atomic_exchange_explicit(&seen, now, memory_order_relaxed) != now)
            imports_redirect_others((const void *)(uintptr_t)look, imports, IMPORT_COUNT);
    }
    errno = saved;
}

/* The caller's place counts for RTLD_NEXT, so it must stay the caller. */
ENDS_IN_A_JUMP static void *dlsym_seen(void *handle, const char *name)
{
    look();
    JUMP dlsym_next(handle, name);
}

/* What NAME is in the C library; what the program finds by it first tells where a slot would lead
 * that has not been bound yet: if that is not us, it is left as it is. */
static struct import import_of(const char *name, void (*ours)(void), void *libc)
{
    void *first = dlsym(RTLD_DEFAULT, name);

    return (struct import){.name = name,
                           .replacement = ours,
                           .meant = (uintptr_t)dlsym(libc, name),
                           .unbound_too = first != NULL && (uintptr_t)first == (uintptr_t)ours};
}

static bool is_complete(void)
{
    size_t i;

    for (i = 0; i < IMPORT_COUNT; i++)
        if (imports[i].meant == 0 || imports[i].meant == (uintptr_t)imports[i].replacement)
            return false;
    return true;
}

void late_watch(void)
{
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    void *meant = dlsym(RTLD_DEFAULT, "dlsym");

    if (libc == NULL || meant == NULL || next_environment("LD_AUDIT") != NULL) {
        dlerror();
        return;
    }
    imports[0] = import_of("socket", (void (*)(void))socket, libc);
    imports[1] = import_of("setsockopt", (void (*)(void))setsockopt, libc);
    imports[2] = import_of("bind", (void (*)(void))bind, libc);
    imports[3] = import_of("listen", (void (*)(void))listen, libc);
    imports[4] = (struct import){"dlsym", (void (*)(void))dlsym_seen, (uintptr_t)meant, true};
    dlclose(libc);
    dlerror(); /* what failed here is not the program's business */
    memcpy(&dlsym_next, &meant, sizeof dlsym_next);
    if (!is_complete())
        return;
    atomic_store_explicit(&seen, loaded_count(), memory_order_relaxed);
    imports_redirect_others((const void *)(uintptr_t)look, imports, IMPORT_COUNT);
}

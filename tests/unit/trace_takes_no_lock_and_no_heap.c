/* The first walk of a fresh thread, through places nobody has walked before, in the middle of a
 * frame that has no unwind information, waits for no lock of the loader and takes nothing from the
 * program's heap: another thread holds that lock all the while, and malloc() is counted. */
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "unwind/trace.h"
#include "walk.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);

static _Thread_local int allocations;
static struct trace seen;
static sem_t lock_held;
static sem_t lock_wanted;

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

static int wait_inside(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)info;
    (void)size;
    (void)data;
    sem_post(&lock_held);
    sem_wait(&lock_wanted);
    return 1;
}

static void *hold_loader_lock(void *unused)
{
    dl_iterate_phdr(wait_inside, NULL);
    return unused;
}

static void capture(void)
{
    trace_capture(&seen, true);
}

static void capture_below(void)
{
    walk_below(3, capture);
}

static void *walk_first(void *unused)
{
    allocations = 0;
    walk_without_information(capture_below);
    CHECK_EQ(allocations, 0, "calls of malloc and calloc during the walk");
    return unused;
}

int main(void)
{
    void *(*volatile allocate)(size_t) = malloc;
    pthread_t holder;
    pthread_t walker;

    free(allocate(1));
    CHECK(allocations > 0, "malloc is not counted");
    if (dlsym(RTLD_DEFAULT, "_dl_find_object") == NULL)
        skip("this C library has no _dl_find_object");
    if (!trace_warm())
        skip("libunwind is not installed");
    sem_init(&lock_held, 0, 0);
    sem_init(&lock_wanted, 0, 0);
    pthread_create(&holder, NULL, hold_loader_lock, NULL);
    sem_wait(&lock_held);
    alarm(20); /* ends the test if the walk waits for the lock */
    pthread_create(&walker, NULL, walk_first, NULL);
    pthread_join(walker, NULL);
    alarm(0);
    CHECK(seen.count > 3, "%u frames", seen.count);
    sem_post(&lock_wanted);
    pthread_join(holder, NULL);
    return CHECK_PASSED;
}

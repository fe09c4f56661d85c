/* Many threads walk at once, each for the first time; also in the destructors of their own keys,
 * when libunwind has given back what it kept for the thread; and the memory of ended threads does
 * not pile up. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "unwind/trace.h"
#include "walk.h"

enum { THREADS = 8, ROUNDS = 40, WALKS = 50, KEY_ROUNDS = 4 };

static _Thread_local struct trace seen;
static pthread_key_t key;
static pthread_barrier_t together;

static void capture(void)
{
    trace_capture(&seen, true);
}

static void walk_and_check(void)
{
    walk_below(6, capture);
    CHECK(seen.count > 6, "%u frames", seen.count);
}

/* Sets itself again until the last round, so that it comes after libunwind's own destructor. */
static void walk_at_the_end(void *value)
{
    int *rounds = value;

    walk_below(6, capture);
    CHECK(seen.count <= TRACE_FRAMES_MAX, "%u frames", seen.count);
    if (--*rounds > 0)
        pthread_setspecific(key, rounds);
    else
        free(rounds);
}

static void *thread_main(void *unused)
{
    int *rounds = malloc(sizeof *rounds);

    *rounds = KEY_ROUNDS;
    pthread_setspecific(key, rounds);
    pthread_barrier_wait(&together);
    for (int i = 0; i < WALKS; i++)
        walk_and_check();
    return unused;
}

/* Pages of address space, from /proc/self/statm. */
static long mapped_pages(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    CHECK(file != NULL && fscanf(file, "%ld", &pages) == 1, "/proc/self/statm");
    fclose(file);
    return pages;
}

int main(void)
{
    long before = 0;

    if (!trace_warm())
        skip("libunwind is not installed");
    pthread_key_create(&key, walk_at_the_end);
    pthread_barrier_init(&together, NULL, THREADS);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];

        for (int i = 0; i < THREADS; i++)
            CHECK_EQ(pthread_create(&threads[i], NULL, thread_main, NULL), 0, "pthread_create");
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        if (round == ROUNDS / 2)
            before = mapped_pages();
    }
    CHECK(mapped_pages() - before < ROUNDS / 2 * THREADS * 64 / 4,
          "%ld pages more after %d threads (a walk's table has 64)", mapped_pages() - before,
          ROUNDS / 2 * THREADS);
    return CHECK_PASSED;
}

/* Frame pointers that point nowhere, at unmapped pages, at write-only-looking garbage, or back at
 * themselves do not harm the program: the walk ends there. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "check.h"
#include "unwind/trace.h"
#include "walk.h"

static struct trace seen;

static void capture(void)
{
    seen.count = 77;
    trace_capture(&seen, true);
    CHECK(seen.count <= TRACE_FRAMES_MAX, "%u frames", seen.count);
}

static void capture_below(void)
{
    walk_below(2, capture);
}

int main(void)
{
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const void *cycle[2] = {cycle, NULL};
    const void *const bad[] = {
        NULL,         (void *)8,      (void *)UINTPTR_MAX, (void *)(UINTPTR_MAX / 2), (void *)-16,
        page,         page + 4088,    page + 4096,         page + 1,                  cycle,
    };

    if (!trace_warm())
        skip("libunwind is not installed");
    CHECK_EQ(munmap(page + 4096, 4096), 0, "munmap");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (int again = 0; again < 2; again++)
            walk_with_bad_frame_pointer(capture_below, bad[i]);
    srand(1);
    for (int i = 0; i < 2000; i++) {
        uintptr_t garbage =
            (uintptr_t)((uint64_t)rand() << 32 ^ (uint64_t)rand() << 8 ^ (uint64_t)rand());

        walk_with_bad_frame_pointer(capture_below, (void *)garbage);
    }
    return CHECK_PASSED;
}

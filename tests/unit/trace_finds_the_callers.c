/* trace_capture() sees the callers that the C library's own backtrace() sees, without our frames at
 * the start, cut at 16; a second walk gives the same, and errno stays. */
#include <errno.h>
#include <execinfo.h>
#include <search.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unwind/trace.h"

static struct trace seen;
static void *oracle[64];
static int oracle_count;

/* The library skips frames of its own object, which here is the whole test program. A function of
 * libc in between ends that. */
static int walk_twice(const void *a, const void *b)
{
    struct trace again;

    (void)a;
    (void)b;
    errno = EXDEV;
    trace_capture(&again, true);
    assert_int_equal(errno, EXDEV);
    trace_capture(&seen, true);
    assert_int_equal(again.count, seen.count);
    for (uint32_t i = 0; i < seen.count; i++)
        assert_int_equal(again.pc[i], seen.pc[i]);
    oracle_count = backtrace(oracle, 64);
    return 0;
}

static __attribute__((noinline)) int descend(int depth)
{
    size_t count = 1;
    char element = 0;
    int below;

    if (depth == 0)
        return lfind(&element, &element, &count, 1, walk_twice) != NULL;
    below = descend(depth - 1);
    __asm__ volatile("");
    return below;
}

static void expect_oracle(int depth)
{
    uintptr_t less;
    int first = 0;
    int expected;

    assert_int_equal(descend(depth), 1);
    /* backtrace() starts with walk_twice() itself, and under a sanitizer with that one's frames.
     * Before libunwind 1.6 unw_backtrace() gives the byte before each return address. */
    while (first < 4 && (uintptr_t)oracle[first] - seen.pc[0] > 1)
        first++;
    assert_true(first >= 1 && first <= 3);
    less = (uintptr_t)oracle[first] - seen.pc[0];
    expected = oracle_count - first < TRACE_FRAMES_MAX ? oracle_count - first : TRACE_FRAMES_MAX;
    assert_int_equal(seen.count, expected);
    for (int i = 0; i < expected; i++)
        assert_int_equal(seen.pc[i] + less, (uintptr_t)oracle[first + i]);
}

static void shallow_stack(void **state)
{
    (void)state;
    expect_oracle(2);
}

static void deep_stack(void **state)
{
    (void)state;
    expect_oracle(40);
    assert_int_equal(seen.count, TRACE_FRAMES_MAX);
}

static void nothing_before_warming_up(void **state)
{
    (void)state;
    seen.count = 77;
    assert_false(trace_available());
    trace_capture(&seen, true);
    assert_int_equal(seen.count, 0);
    errno = EXDEV;
    assert_true(trace_warm());
    assert_int_equal(errno, EXDEV);
    assert_true(trace_warm());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_before_warming_up),
        cmocka_unit_test(shallow_stack),
        cmocka_unit_test(deep_stack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

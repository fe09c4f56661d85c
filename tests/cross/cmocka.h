/* What the unit tests use of cmocka, for a target that no package of it is there for: the same
 * names, in one header. A group prints TAP and returns how many of its tests have failed. */
#ifndef REUSESHIM_TESTS_CROSS_CMOCKA_H
#define REUSESHIM_TESTS_CROSS_CMOCKA_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*test)(void **state);
    int (*setup)(void **state);
    int (*teardown)(void **state);
};

#define cmocka_unit_test(f) {#f, f, NULL, NULL}
#define cmocka_unit_test_setup(f, setup) {#f, f, setup, NULL}
#define cmocka_unit_test_teardown(f, teardown) {#f, f, NULL, teardown}
#define cmocka_unit_test_setup_teardown(f, setup, teardown) {#f, f, setup, teardown}
#define cmocka_run_group_tests(tests, setup, teardown) \
    cmocka_run(tests, sizeof tests / sizeof *tests, setup, teardown)

enum { CMOCKA_FAILED = 1, CMOCKA_SKIPPED };

/* Where a test is left by an assertion that does not hold. */
static jmp_buf cmocka_out;

static _Noreturn inline void cmocka_leave(int how)
{
    longjmp(cmocka_out, how);
}

#define skip() cmocka_leave(CMOCKA_SKIPPED)
#define print_error(...) printf("# " __VA_ARGS__)
#define fail_msg(...) \
    (printf("# %s:%d: ", __FILE__, __LINE__), printf(__VA_ARGS__), printf("\n"), \
     cmocka_leave(CMOCKA_FAILED))

static inline void cmocka_claim(bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    printf("# %s:%d: %s does not hold\n", file, line, what);
    cmocka_leave(CMOCKA_FAILED);
}

static inline void cmocka_same(uintmax_t a, uintmax_t b, bool wanted, const char *what,
                               const char *file, int line)
{
    if ((a == b) != wanted)
        printf("# %#jx and %#jx\n", a, b);
    cmocka_claim((a == b) == wanted, what, file, line);
}

static inline void cmocka_same_text(const char *a, const char *b, const char *what,
                                    const char *file, int line)
{
    bool same = strcmp(a, b) == 0;

    if (!same)
        printf("# \"%s\" and \"%s\"\n", a, b);
    cmocka_claim(same, what, file, line);
}

/* Values of any integer type and pointers meet in one type, as cmocka has it. */
#define cmocka_int(a, b, wanted, what) \
    cmocka_same((uintmax_t)(a), (uintmax_t)(b), wanted, what, __FILE__, __LINE__)
#define cmocka_pointer(a, b, wanted, what) \
    cmocka_same((uintptr_t)(a), (uintptr_t)(b), wanted, what, __FILE__, __LINE__)

#define assert_true(c) cmocka_claim((c) ? true : false, #c, __FILE__, __LINE__)
#define assert_false(c) cmocka_claim((c) ? false : true, "not: " #c, __FILE__, __LINE__)
#define assert_int_equal(a, b) cmocka_int(a, b, true, #a " == " #b)
#define assert_int_not_equal(a, b) cmocka_int(a, b, false, #a " != " #b)
#define assert_null(p) cmocka_pointer(p, NULL, true, #p " is NULL")
#define assert_non_null(p) cmocka_pointer(p, NULL, false, #p " is not NULL")
#define assert_ptr_equal(a, b) cmocka_pointer(a, b, true, #a " == " #b)
#define assert_ptr_not_equal(a, b) cmocka_pointer(a, b, false, #a " != " #b)
#define assert_string_equal(a, b) cmocka_same_text(a, b, #a " == " #b, __FILE__, __LINE__)
#define assert_string_not_equal(a, b) \
    cmocka_claim(strcmp(a, b) != 0, #a " != " #b, __FILE__, __LINE__)
#define assert_memory_equal(a, b, n) \
    cmocka_claim(memcmp(a, b, n) == 0, #a " == " #b, __FILE__, __LINE__)

/* Returns 0, CMOCKA_FAILED or CMOCKA_SKIPPED. */
static inline int cmocka_run_one(const struct CMUnitTest *test, void **state)
{
    volatile int how = CMOCKA_FAILED;
    int left;

    if (test->setup == NULL || test->setup(state) == 0) {
        left = setjmp(cmocka_out);
        how = left;
        if (left == 0)
            test->test(state);
    }
    if (test->teardown != NULL && test->teardown(state) != 0 && how == 0)
        how = CMOCKA_FAILED;
    return how;
}

static inline int cmocka_run(const struct CMUnitTest *tests, size_t count, int (*setup)(void **),
                             int (*teardown)(void **))
{
    static const char *const words[] = {"ok", "not ok", "ok"};
    void *state = NULL;
    int failed = 0, how;
    size_t i;

    printf("1..%zu\n", count);
    if (setup != NULL && setup(&state) != 0)
        return (int)count;
    for (i = 0; i < count; i++) {
        how = cmocka_run_one(&tests[i], &state);
        failed += how == CMOCKA_FAILED;
        printf("%s %zu %s%s\n", words[how], i + 1, how == CMOCKA_SKIPPED ? "# SKIP " : "- ",
               tests[i].name);
        fflush(stdout); /* a test may fork */
    }
    if (teardown != NULL)
        teardown(&state);
    return failed;
}

#endif

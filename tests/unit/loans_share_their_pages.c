/* scratch_borrow() lends the far end of a scratch: loans that follow each other get the same
 * memory, two at a time get memory of their own that nothing taken meanwhile touches, and where the
 * scratch has no room for one, it is a mapping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/scratch.h"

enum { SIZE = 1 << 20 };

static _Alignas(16) char memory[SIZE];

static struct scratch fresh(void)
{
    return (struct scratch){memory, memory + sizeof memory};
}

static void one_after_the_other(void **state)
{
    struct scratch scratch = fresh();
    struct loan first = scratch_borrow(&scratch, 100), second;

    (void)state;
    assert_non_null(first.memory);
    assert_false(first.mapped);
    scratch_repay(&scratch, &first);
    assert_ptr_equal(scratch.end, memory + sizeof memory);
    second = scratch_borrow(&scratch, 30000);
    assert_ptr_equal(second.memory, first.memory);
    scratch_repay(&scratch, &second);
}

static void two_at_a_time(void **state)
{
    struct scratch scratch = fresh();
    struct loan outer = scratch_borrow(&scratch, 100000);
    struct loan inner = scratch_borrow(&scratch, 1000);
    char *taken;

    (void)state;
    memset(outer.memory, 0x11, 100000);
    memset(inner.memory, 0x22, 1000);
    while ((taken = scratch_take(&scratch, 5000)) != NULL)
        memset(taken, 0x33, 5000);
    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(((char *)outer.memory)[i], 0x11);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(((char *)inner.memory)[i], 0x22);
    scratch_repay(&scratch, &inner);
    scratch_repay(&scratch, &outer);
    assert_ptr_equal(scratch.end, memory + sizeof memory);
}

static void without_room(void **state)
{
    struct scratch scratch = fresh();
    struct loan large = scratch_borrow(&scratch, sizeof memory);
    struct loan nobodys = scratch_borrow(NULL, 5000);

    (void)state;
    assert_true(large.mapped && nobodys.mapped);
    assert_ptr_equal(scratch.end, memory + sizeof memory);
    memset(large.memory, 1, sizeof memory);
    memset(nobodys.memory, 1, 5000);
    scratch_repay(&scratch, &large);
    scratch_repay(NULL, &nobodys);
    assert_ptr_equal(scratch.end, memory + sizeof memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(two_at_a_time),
        cmocka_unit_test(without_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

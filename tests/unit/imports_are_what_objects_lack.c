/* imports_loaded() finds a name that some loaded object leaves undefined, and no name that objects
 * only define; a library counts from when it is loaded. */
#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "unwind/imports.h"
#include "unwind/trace.h"

static void program_imports(void **state)
{
    uint32_t found = imports_loaded("no_such_function\0listen\0dlsym\0socketpair\0", NULL);

    (void)state;
    assert_int_equal(listen(-1, 0), -1);
    assert_int_equal(socketpair(-1, 0, 0, NULL), -1);
    assert_int_equal(found, 1 << 1 | 1 << 2 | 1 << 3);
    assert_non_null(dlsym(RTLD_DEFAULT, "putpwent"));
    assert_int_equal(imports_loaded("sethostent\0putpwent\0", NULL), 0);
    assert_int_equal(imports_loaded("listen\0", (void *)(uintptr_t)program_imports), 0);
}

static void library_imports(void **state)
{
    static const char names[] = "mincore\0lzma_index_size\0";

    (void)state;
    if (imports_loaded(names, NULL) != 0)
        fail_msg("libunwind is loaded before it is opened");
    if (!trace_warm())
        skip();
    assert_int_not_equal(imports_loaded(names, NULL), 0);
}

static int redirect_own(const struct substitute *table, size_t count, const char **stranger)
{
    return imports_redirect((void *)(uintptr_t)program_imports, table, count, stranger);
}

static void redirect_nothing(void **state)
{
    static const struct substitute table[] = {{"no_such_function", NULL}, {"*", NULL}};
    const char *stranger = NULL;

    (void)state;
    assert_int_equal(imports_redirect((void *)8, table, 2, &stranger), -ENOENT);
    assert_int_equal(redirect_own(table, 2, &stranger), 0);
    assert_null(stranger);
}

/* A function of its own, or a compiler may keep the address it has once read from the slot. */
static __attribute__((noinline)) int call_listen(void)
{
    return listen(-1, 0);
}

static int answer_42(int fd, int backlog)
{
    (void)fd;
    (void)backlog;
    return 42;
}

/* The whole program's own slot, read-only under full RELRO, and as it was afterwards. */
static void redirect_own_import(void **state)
{
    struct substitute table[] = {{"lis listen sten", (void (*)(void))answer_42}, {"*", NULL}};
    void *real = dlsym(RTLD_DEFAULT, "listen");
    const char *stranger;

    (void)state;
    if (!imports_can_redirect())
        skip();
    assert_int_equal(redirect_own(table, 2, &stranger), 0);
    assert_int_equal(call_listen(), 42);
    table[0].instead = (void (*)(void))(uintptr_t)real;
    assert_int_equal(redirect_own(table, 2, &stranger), 0);
    assert_int_equal(call_listen(), -1);
}

/* What the table does not know is named, and nothing is changed. */
static void redirect_no_stranger(void **state)
{
    static const struct substitute table[] = {{"listen", (void (*)(void))answer_42}, {"d*", NULL}};
    const char *stranger = NULL;

    (void)state;
    if (!imports_can_redirect())
        skip();
    assert_int_equal(redirect_own(table, 2, &stranger), -ENOSYS);
    assert_non_null(stranger);
    assert_string_not_equal(stranger, "listen");
    assert_int_not_equal(stranger[0], 'd');
    assert_int_equal(call_listen(), -1);
}

static int answer_43(int fd, int backlog)
{
    (void)fd;
    (void)backlog;
    return 43;
}

/* Somebody else's hook in a slot stays; what is meant is changed, and changed back. */
static void redirect_what_is_meant(void **state)
{
    static const struct substitute other[] = {{"listen", (void (*)(void))answer_42}, {"*", NULL}};
    struct import cautious = {.name = "listen",
                              .replacement = (void (*)(void))answer_43,
                              .meant = (uintptr_t)dlsym(RTLD_DEFAULT, "listen")};
    const void *elsewhere = dlsym(RTLD_DEFAULT, "lfind");
    const char *stranger;

    (void)state;
    if (!imports_can_redirect())
        skip();
    assert_int_equal(call_listen(), -1); /* bound, if it was not yet */
    assert_int_equal(redirect_own(other, 2, &stranger), 0);
    imports_redirect_others(elsewhere, &cautious, 1);
    assert_int_equal(call_listen(), 42);
    cautious.meant = (uintptr_t)answer_42;
    imports_redirect_others(elsewhere, &cautious, 1);
    assert_int_equal(call_listen(), 43);
    cautious.meant = (uintptr_t)answer_43;
    cautious.replacement = (void (*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "listen");
    imports_redirect_others((void *)(uintptr_t)redirect_nothing, &cautious, 1);
    assert_int_equal(call_listen(), 43); /* not in the object that is left out */
    imports_redirect_others(elsewhere, &cautious, 1);
    assert_int_equal(call_listen(), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_imports),
        cmocka_unit_test(library_imports),
        cmocka_unit_test(redirect_nothing),
        cmocka_unit_test(redirect_own_import),
        cmocka_unit_test(redirect_no_stranger),
        cmocka_unit_test(redirect_what_is_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Claim: code that lies in no module has the name that /tmp/perf-PID.map gives its address last; a map of another
 * process, of another user, or behind a link names nothing. The oracle is the map itself. */
#include <setjmp.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "unwind/perf_map.h"

static char path[64];
static char memory[65536];

static void write_map(const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int begin(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
    unlink(path);
    return 0;
}

static int end(void **state)
{
    (void)state;
    return unlink(path) == 0 ? 0 : -1;
}

/* The name of the code before the return address PC; NULL = none. */
static const char *name_of(uintptr_t pc)
{
    struct scratch scratch = {memory, memory + sizeof memory};
    static struct place places[2];

    places[0] = (struct place){.pc = pc, .module = "/usr/bin/node", .offset = 1};
    places[1] = (struct place){.pc = pc};
    perf_map_name(places, 2, &scratch);
    assert_null(places[0].symbol); /* a file has a name already */
    return places[1].symbol;
}

static void names_by_address(void **state)
{
    (void)state;
    write_map("7f0000001000 100 JS:~openListener /srv/a b.js:2:22\n"
              "7f0000002000 0 nothing\n"
              "no line\n"
              "7f0000003000 20 old\n"
              "7f0000003010 20 moved here\n"
              "7f0000004000 8 last, without a line end");
    assert_string_equal(name_of(0x7f0000001001), "JS:~openListener /srv/a b.js:2:22");
    assert_string_equal(name_of(0x7f0000001100), "JS:~openListener /srv/a b.js:2:22"); /* a call at its end */
    assert_null(name_of(0x7f0000001000));
    assert_null(name_of(0x7f0000001101));
    assert_null(name_of(0x7f0000002001));
    assert_string_equal(name_of(0x7f0000003010), "old");
    assert_string_equal(name_of(0x7f0000003020), "moved here");
    assert_null(name_of(0x7f0000004004)); /* it is being written */
}

static void names_are_whole_or_none(void **state)
{
    char line[600];
    int used = snprintf(line, sizeof line, "5000 100 ");

    (void)state;
    memset(line + used, 'x', 255);
    strcpy(line + used + 255, "\n");
    write_map(line);
    assert_int_equal(strlen(name_of(0x5001)), 255);
    strcpy(line + used + 255, "x\n");
    write_map(line);
    assert_null(name_of(0x5001));
}

static void a_map_from_before_this_process_is_anothers(void **state)
{
    const struct timespec times[2] = {{1, 0}, {1, 0}};

    (void)state;
    write_map("5000 100 old\n");
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_null(name_of(0x5001));
}

static void a_link_is_not_followed(void **state)
{
    char target[80];

    (void)state;
    write_map("5000 100 name\n");
    snprintf(target, sizeof target, "%s.real", path);
    assert_int_equal(rename(path, target), 0);
    assert_int_equal(symlink(target, path), 0);
    assert_null(name_of(0x5001));
    unlink(path);
    assert_int_equal(rename(target, path), 0);
    assert_string_equal(name_of(0x5001), "name");
}

static void another_users_map_names_nothing(void **state)
{
    (void)state;
    write_map("5000 100 name\n");
    if (chown(path, getuid() + 1, (gid_t)-1) < 0)
        skip();
    assert_null(name_of(0x5001));
}

/* Java's, and those of long runs, are large: one that cannot be read to its end is not read at all. */
static void a_huge_map_names_nothing(void **state)
{
    (void)state;
    write_map("5000 100 name\n");
    assert_string_equal(name_of(0x5001), "name");
    assert_int_equal(truncate(path, (16 << 20) + 1), 0);
    assert_null(name_of(0x5001));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_by_address, begin, end),
        cmocka_unit_test_setup_teardown(names_are_whole_or_none, begin, end),
        cmocka_unit_test_setup_teardown(a_map_from_before_this_process_is_anothers, begin, end),
        cmocka_unit_test_setup_teardown(a_link_is_not_followed, begin, end),
        cmocka_unit_test_setup_teardown(another_users_map_names_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_huge_map_names_nothing, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A slot counts as read-only exactly where the loader has made it so: it locks whole pages, and
 * leaves the last one that a library built for smaller pages fills in part. */
#include <inttypes.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/auxv.h>

#include <cmocka.h>

#include "unwind/dynamic.h"

/* The kernel's word for ADDRESS: 'w' or '-'; 0 where nothing is mapped. */
static char writable(uintptr_t address)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512], found = 0;
    uintptr_t start, end;
    char write_mark;

    assert_non_null(maps);
    while (found == 0 && fgets(line, sizeof line, maps) != NULL)
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*c%c", &start, &end, &write_mark) == 3 &&
            address >= start && address < end)
            found = write_mark;
    fclose(maps);
    return found;
}

static int compare(struct dl_phdr_info *info, size_t size, void *data)
{
    size_t page_size = (size_t)getauxval(AT_PAGESZ);
    unsigned int *compared = data;
    struct dynamic object;

    (void)size;
    if (!dynamic_read(&object, info) || object.read_only == 0)
        return 0;
    for (uintptr_t slot = object.read_only; slot < object.read_only_end; slot += page_size / 8) {
        char mark = writable(slot);

        if (dynamic_is_locked(&object, slot, page_size) != (mark == '-'))
            fail_msg("%s: slot 0x%" PRIxPTR " is %c", info->dlpi_name, slot, mark);
        *compared += 1;
    }
    return 0;
}

static void as_the_loader_did(void **state)
{
    unsigned int compared = 0;

    (void)state;
    dl_iterate_phdr(compare, &compared);
    assert_true(compared >= 8);
}

static void by_pages_of_any_size(void **state)
{
    static const struct {
        uintptr_t read_only, end, slot;
        size_t page_size;
        bool locked;
    } rows[] = {
        /* Built for pages of 4 KiB. */
        {0x1fd80, 0x21000, 0x1fd80, 4096, true},
        {0x1fd80, 0x21000, 0x20ff8, 4096, true},
        {0x1fd80, 0x21000, 0x21000, 4096, false},
        {0x1fd80, 0x21000, 0x1fd80, 16384, true},
        {0x1fd80, 0x21000, 0x20ff8, 16384, false},
        {0x1fd80, 0x21000, 0x1fd80, 65536, true},
        {0x1fd80, 0x21000, 0x20ff8, 65536, false},
        {0x12d80, 0x13000, 0x12d80, 16384, false},
        {0x12d80, 0x13000, 0x12d80, 65536, false},
        /* Built for pages of 64 KiB, as arm64's are. */
        {0x1fd80, 0x20000, 0x1fd80, 4096, true},
        {0x1fd80, 0x20000, 0x1fff8, 65536, true},
        {0x1fd80, 0x20000, 0x20000, 65536, false},
        /* No read-only part at all. */
        {0, 0, 0x1fd80, 4096, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dynamic object = {.read_only = rows[i].read_only, .read_only_end = rows[i].end};

        if (dynamic_is_locked(&object, rows[i].slot, rows[i].page_size) != rows[i].locked)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_loader_did),
        cmocka_unit_test(by_pages_of_any_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

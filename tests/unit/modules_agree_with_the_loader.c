/* Module, offset, build id and symbol of a return address are what the loader (dladdr, program
 * headers) says of the call before it; what lies in no file, or nowhere, has no module. */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "unwind/elf.h"
#include "unwind/modules.h"
#include "unwind/objects.h"

static char memory[65536];

static struct scratch fresh_scratch(void)
{
    return (struct scratch){memory, memory + sizeof memory};
}

static __attribute__((noinline)) int local_function(int number)
{
    __asm__ volatile("nop; nop; nop; nop; nop; nop; nop; nop");
    return number + 1;
}

struct oracle {
    uintptr_t inside;
    uintptr_t base;
    char build_id[ELF_BUILD_ID_MAX];
};

static void read_notes(struct oracle *oracle, const char *notes, size_t size)
{
    for (size_t at = 0; at + sizeof(ElfW(Nhdr)) <= size;) {
        const ElfW(Nhdr) *note = (const void *)(notes + at);
        const unsigned char *id = (const unsigned char *)(note + 1) + 4;

        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4)
            for (size_t i = 0; i < note->n_descsz; i++)
                sprintf(oracle->build_id + 2 * i, "%02x", id[i]);
        at += sizeof *note + ((note->n_namesz + 3u) & ~3u) + ((note->n_descsz + 3u) & ~3u);
    }
}

static int ask_object(struct dl_phdr_info *info, size_t size, void *data)
{
    struct oracle *oracle = data;
    int here = 0;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++)
        here |= info->dlpi_phdr[i].p_type == PT_LOAD &&
                oracle->inside - info->dlpi_addr - info->dlpi_phdr[i].p_vaddr <
                    info->dlpi_phdr[i].p_memsz;
    for (int i = 0; here && i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_NOTE && info->dlpi_phdr[i].p_align == 4)
            read_notes(oracle, (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr),
                       info->dlpi_phdr[i].p_memsz);
    oracle->base = info->dlpi_addr;
    return here;
}

static void expect_place(const struct place *place, uintptr_t pc, const char *path,
                         const char *symbol, uintptr_t start)
{
    struct oracle oracle = {.inside = pc - 1};
    char resolved[PATH_MAX];

    assert_int_equal(dl_iterate_phdr(ask_object, &oracle), 1);
    assert_int_equal(place->pc, pc);
    assert_non_null(place->module);
    assert_non_null(realpath(path, resolved));
    assert_string_equal(place->module, resolved);
    assert_int_equal(place->offset, pc - oracle.base);
    if (oracle.build_id[0] == '\0')
        assert_null(place->build_id);
    else
        assert_string_equal(place->build_id, oracle.build_id);
    assert_non_null(place->symbol);
    assert_string_equal(place->symbol, symbol);
    assert_int_equal(place->symbol_offset, pc - start);
}

static void known_places(void **state)
{
    struct scratch scratch = fresh_scratch();
    uintptr_t own = (uintptr_t)local_function;
    uintptr_t libc = (uintptr_t)dlsym(RTLD_DEFAULT, "lfind");
    uintptr_t cmocka = (uintptr_t)dlsym(RTLD_DEFAULT, "_assert_true");
    const uintptr_t pc[] = {libc + 8, own + 4, cmocka + 5, own + 1, libc + 1};
    struct place places[5];
    Dl_info info;

    (void)state;
    assert_int_equal(local_function(1), 2);
    modules_locate(pc, 5, places, &scratch);
    for (size_t i = 0; i < 5; i++)
        assert_null(places[i].symbol);
    modules_name(places, 5, &scratch);
    expect_place(&places[1], pc[1], "/proc/self/exe", "local_function", own);
    expect_place(&places[3], pc[3], "/proc/self/exe", "local_function", own);
    assert_int_not_equal(dladdr((void *)libc, &info), 0);
    expect_place(&places[0], pc[0], info.dli_fname, "lfind", libc);
    expect_place(&places[4], pc[4], info.dli_fname, "lfind", libc);
    assert_int_not_equal(dladdr((void *)cmocka, &info), 0);
    expect_place(&places[2], pc[2], info.dli_fname, "_assert_true", cmocka);
}

/* Without a system call, as far as the loader's own names go. */
static void loaded_places(void **state)
{
    static char other_memory[65536];
    struct scratch scratch = fresh_scratch();
    struct scratch other = {other_memory, other_memory + sizeof other_memory};
    uintptr_t libc = (uintptr_t)dlsym(RTLD_DEFAULT, "lfind");
    uintptr_t cmocka = (uintptr_t)dlsym(RTLD_DEFAULT, "_assert_true");
    const uintptr_t pc[] = {(uintptr_t)local_function + 4, libc + 8, libc + 1, cmocka + 5, 0,
                            (uintptr_t)&scratch};
    enum { COUNT = sizeof pc / sizeof *pc };
    struct place places[COUNT], from_maps[COUNT];

    (void)state;
    assert_false(modules_locate_loaded(pc, COUNT, "/proc/self/exe", places, &scratch));
    objects_prepare();
    if (!modules_locate_loaded(pc, COUNT, "/proc/self/exe", places, &scratch))
        skip();
    modules_locate(pc, COUNT, from_maps, &other);
    for (size_t i = 0; i < COUNT; i++) {
        char resolved[PATH_MAX];

        assert_int_equal(places[i].pc, pc[i]);
        assert_int_equal(places[i].module != NULL, from_maps[i].module != NULL);
        if (places[i].module == NULL)
            continue;
        assert_non_null(realpath(places[i].module, resolved));
        assert_string_equal(resolved, from_maps[i].module);
        assert_int_equal(places[i].offset, from_maps[i].offset);
        assert_int_equal(places[i].build_id != NULL, from_maps[i].build_id != NULL);
        if (places[i].build_id != NULL)
            assert_string_equal(places[i].build_id, from_maps[i].build_id);
    }
    assert_non_null(places[3].module);
    assert_null(places[4].module);
    assert_null(places[5].module);
}

static void vdso_place(void **state)
{
    uintptr_t vdso = getauxval(AT_SYSINFO_EHDR);
    struct scratch scratch = fresh_scratch();
    uintptr_t pc = vdso + 0x1000;
    struct place place;

    (void)state;
    if (vdso == 0)
        skip();
    modules_locate(&pc, 1, &place, &scratch);
    assert_string_equal(place.module, "[vdso]");
    assert_int_equal(place.offset, 0x1000);
    modules_name(&place, 1, &scratch);
}

static void unknown_places(void **state)
{
    struct scratch scratch = fresh_scratch();
    char *anonymous = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uintptr_t pc[] = {(uintptr_t)anonymous + 10, 0, 1, UINTPTR_MAX, (uintptr_t)&scratch};
    struct place places[5];

    (void)state;
    memset(places, 0xaa, sizeof places);
    modules_locate(pc, 5, places, &scratch);
    modules_name(places, 5, &scratch);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(places[i].pc, pc[i]);
        assert_null(places[i].module);
        assert_null(places[i].build_id);
        assert_null(places[i].symbol);
    }
    munmap(anonymous, 4096);
}

/* Whatever does not fit stays NULL, and nothing is written beyond the end. */
static void little_room(void **state)
{
    uintptr_t pc[] = {(uintptr_t)known_places + 4, (uintptr_t)dlsym(RTLD_DEFAULT, "lfind") + 4};
    struct place places[2];

    (void)state;
    for (size_t room = 0; room < 512; room += 8) {
        struct scratch scratch = {memory, memory + room};

        memset(memory, 0x55, sizeof memory);
        modules_locate(pc, 2, places, &scratch);
        modules_name(places, 2, &scratch);
        for (size_t i = room; i < sizeof memory; i++)
            assert_int_equal(memory[i], 0x55);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_places),
        cmocka_unit_test(loaded_places),
        cmocka_unit_test(vdso_place),
        cmocka_unit_test(unknown_places),
        cmocka_unit_test(little_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

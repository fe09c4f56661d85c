#include "supervise/unwinder.h"

#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/golang.h"

struct walk {
    const struct snapshot *snapshot;
    struct scratch *scratch;
    Dwfl *session;
    struct place *places;
    size_t count;
};

/* ---- What a frame is called ---- */

static const char *keep(struct walk *walk, const char *name)
{
    return name == NULL ? NULL : scratch_copy(walk->scratch, name, strlen(name));
}

static const char *build_id_of(struct walk *walk, Dwfl_Module *module)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes;
    char text[2 * 32 + 1];
    GElf_Addr address;
    int length = dwfl_module_build_id(module, &bytes, &address), i;

    if (length <= 0 || length > 32)
        return NULL;
    for (i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return scratch_copy(walk->scratch, text, (size_t)length * 2);
}

/* NAME is known already where Go's table told it. A return address may lie behind its function. */
static void add_frame(struct walk *walk, uint64_t pc, bool is_return, const char *name,
                      uint64_t start)
{
    uint64_t inside = is_return ? pc - 1 : pc;
    Dwfl_Module *module = dwfl_addrmodule(walk->session, inside);
    struct place *place = &walk->places[walk->count];
    const char *file = NULL;
    GElf_Addr bias = 0;
    GElf_Off offset = 0;
    GElf_Sym symbol;

    if (walk->count == UNWINDER_FRAMES_MAX)
        return;
    walk->count++;
    place->pc = (uintptr_t)pc;
    if (module == NULL)
        return;
    dwfl_module_getelf(module, &bias);
    dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, &file, NULL);
    place->module = keep(walk, file);
    place->offset = pc - bias;
    place->build_id = build_id_of(walk, module);
    if (name == NULL) {
        name = dwfl_module_addrinfo(module, inside, &offset, &symbol, NULL, NULL, NULL);
        start = inside - offset;
    }
    place->symbol = keep(walk, name);
    if (name != NULL)
        place->symbol_offset = pc - start;
}

/* ---- Go ---- */

static bool open_golang(Dwfl_Module *module, struct golang_table *table)
{
    GElf_Addr bias;
    Elf *elf = module != NULL ? dwfl_module_getelf(module, &bias) : NULL;
    Elf_Scn *section = NULL;
    Elf_Data *data = NULL;
    uint64_t text = 0;
    size_t names;

    if (elf == NULL || elf_getshdrstrndx(elf, &names) != 0)
        return false;
    while ((section = elf_nextscn(elf, section)) != NULL) {
        GElf_Shdr header;
        const char *name = gelf_getshdr(section, &header) != NULL
                               ? elf_strptr(elf, names, header.sh_name)
                               : NULL;

        if (name != NULL && strcmp(name, ".text") == 0)
            text = header.sh_addr;
        else if (name != NULL && (strcmp(name, ".gopclntab") == 0 ||
                                  strcmp(name, ".data.rel.ro.gopclntab") == 0))
            data = elf_getdata(section, NULL);
    }
    return data != NULL && golang_open(table, data->d_buf, data->d_size, text);
}

/* By the size of each frame, which Go knows at every instruction. False if the innermost frame is
 * no Go function. */
static bool walk_golang(struct walk *walk)
{
    const struct machine_registers *registers = &walk->snapshot->registers;
    Dwfl_Module *module = dwfl_addrmodule(walk->session, registers->pc);
    struct golang_function function;
    struct golang_table table;
    uint64_t pc = registers->pc, sp = registers->sp, link = 0;
    GElf_Addr bias = 0;
    bool is_return = false;

    if (!open_golang(module, &table))
        return false;
    dwfl_module_getelf(module, &bias);
    while (walk->count < UNWINDER_FRAMES_MAX &&
           golang_find(&table, pc - bias - is_return, &function)) {
        if (function.is_outermost)
            break;
        add_frame(walk, pc, is_return, function.name, function.start + bias);
#ifdef __aarch64__ /* a leaf has its return address in a register, others at the stack's end */
        if (!is_return && function.frame_size == 0) {
            pc = registers->values[30];
            is_return = true;
            continue;
        }
        if (!snapshot_word(walk->snapshot, sp, &link))
            break;
        sp += function.frame_size;
#else
        if (!snapshot_word(walk->snapshot, sp + function.frame_size, &link))
            break;
        sp += function.frame_size + sizeof link;
#endif
        pc = link;
        is_return = true;
    }
    return walk->count > 0;
}

/* ---- All others ---- */

static bool read_word(Dwfl *session, Dwarf_Addr address, Dwarf_Word *word, void *context)
{
    struct walk *walk = context;

    (void)session;
    return snapshot_word(walk->snapshot, address, word);
}

static pid_t next_thread(Dwfl *session, void *context, void **thread)
{
    struct walk *walk = context;

    (void)session;
    if (*thread != NULL)
        return 0;
    *thread = walk;
    return walk->snapshot->tid;
}

static bool set_registers(Dwfl_Thread *thread, void *context)
{
    const struct machine_registers *registers = &((struct walk *)context)->snapshot->registers;

    if (!dwfl_thread_state_registers(thread, 0, registers->count, registers->values))
        return false;
#ifdef __aarch64__
    dwfl_thread_state_register_pc(thread, registers->pc);
#endif
    return true;
}

static int visit_frame(Dwfl_Frame *frame, void *context)
{
    struct walk *walk = context;
    Dwarf_Addr pc;
    bool is_activation;

    if (!dwfl_frame_pc(frame, &pc, &is_activation) || walk->count == UNWINDER_FRAMES_MAX)
        return DWARF_CB_ABORT;
    add_frame(walk, pc, walk->count > 0 && !is_activation, NULL, 0);
    return DWARF_CB_OK;
}

static void walk_others(struct walk *walk)
{
    static const Dwfl_Thread_Callbacks callbacks = {
        .next_thread = next_thread,
        .memory_read = read_word,
        .set_initial_registers = set_registers,
    };

    if (dwfl_attach_state(walk->session, NULL, walk->snapshot->tid, &callbacks, walk))
        dwfl_getthread_frames(walk->session, walk->snapshot->tid, visit_frame, walk);
}

/* ---- What is left out ---- */

/* Is the innermost frame the C library's, or a runtime's, way into the kernel? */
static bool is_way_in(const struct place *place)
{
    static const char *const names[] = {"bind",   "__bind",   "listen",     "__listen",
                                        "socket", "__socket", "setsockopt", "__setsockopt",
                                        "__syscall_cp_asm", "__syscall"};
    static const char *const packages[] = {
        "syscall.",      "internal/runtime/syscall.", "runtime/internal/syscall.", "os.",
        "net.(*netFD).", "net.(*sysListener).",       "net.internetSocket",        "net.socket",
        "net.sysSocket", "net.unixSocket",            "internal/poll."};

    if (place->symbol == NULL)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(place->symbol, names[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++)
        if (strncmp(place->symbol, packages[i], strlen(packages[i])) == 0)
            return true;
    return false;
}

/* What stands in the program itself must do: the standard way may ask a server. */
static int find_no_debuginfo(Dwfl_Module *module, void **context, const char *name,
                             Dwarf_Addr base, const char *file, const char *link,
                             GElf_Word checksum, char **found)
{
    (void)module, (void)context, (void)name, (void)base, (void)file, (void)link, (void)checksum;
    (void)found;
    return -1;
}

struct stack unwinder_stack(const struct snapshot *snapshot, int32_t pid, struct scratch *scratch)
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_linux_proc_find_elf,
        .find_debuginfo = find_no_debuginfo,
    };
    struct walk walk = {.snapshot = snapshot, .scratch = scratch};
    size_t first = 0;

    walk.places = scratch_take(scratch, UNWINDER_FRAMES_MAX * sizeof *walk.places);
    if (snapshot->count == 0 || walk.places == NULL)
        return (struct stack){NULL, 0};
    walk.session = dwfl_begin(&callbacks);
    if (walk.session == NULL)
        return (struct stack){NULL, 0};
    if (dwfl_linux_proc_report(walk.session, pid) == 0 &&
        dwfl_report_end(walk.session, NULL, NULL) == 0 && !walk_golang(&walk))
        walk_others(&walk);
    dwfl_end(walk.session);
    while (first + 1 < walk.count && is_way_in(&walk.places[first]))
        first++;
    return (struct stack){walk.places + first, walk.count - first};
}

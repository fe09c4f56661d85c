/* Code addresses, each located once: a table from the address to its number in the file. Read
 * without a lock by every bind; added to by one thread of the process at a time. Children that go
 * on in the file add to it as well, so a place there is taken before it is filled. */
#include <stdatomic.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "past/history_parts.h"
#include "table/lock.h"
#include "table/table.h"

enum {
    KNOWN_MAX = 2048,            /* a power of two, and never full */
    KNOWN_USED_MAX = 1024,
    KNOWN_NOWHERE = 0xffff,      /* looked for, and not found or no room: no second look */
    PATH_ROOM = sizeof(((struct history_module *)0)->path),
};

struct known_frame {
    _Atomic uintptr_t pc;
    _Atomic uint32_t number; /* in the file; 0 = being added */
};

/* Zero pages until used. Changed under LOCK_FRAMES, or by history_open() alone. */
static struct known_frame known[KNOWN_MAX];
static _Atomic uint32_t known_used;

/* A thread's last stack and its numbers: servers bind from one place, or a few. Of another file
 * than the thread's present one, or NULL, it says nothing. Changed inside the hook's guard only, so
 * by no handler meanwhile; a jump out of it leaves NULL. */
static _Thread_local struct {
    const struct history_file *file;
    uint32_t count;
    uintptr_t pc[TRACE_FRAMES_MAX];
    uint16_t numbers[HISTORY_STACK_MAX];
} last;

static bool is_last(const struct history_file *file, const struct trace *trace)
{
    return file != NULL && last.file == file && last.count == trace->count &&
           memcmp(last.pc, trace->pc, trace->count * sizeof *trace->pc) == 0;
}

static void keep_last(const struct history_file *file, const struct trace *trace,
                      const uint16_t numbers[HISTORY_STACK_MAX])
{
    last.file = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    last.count = trace->count;
    memcpy(last.pc, trace->pc, sizeof last.pc);
    memcpy(last.numbers, numbers, sizeof last.numbers);
    atomic_signal_fence(memory_order_seq_cst);
    last.file = file;
}

static bool is_full(void)
{
    return atomic_load_explicit(&known_used, memory_order_relaxed) >= KNOWN_USED_MAX;
}

static struct known_frame *find(uintptr_t pc)
{
    size_t slot = (size_t)((uint64_t)pc * UINT64_C(0x9e3779b97f4a7c15) >> 40) % KNOWN_MAX;

    for (;; slot = (slot + 1) % KNOWN_MAX) {
        uintptr_t there = atomic_load_explicit(&known[slot].pc, memory_order_acquire);

        if (there == pc || there == 0)
            return &known[slot];
    }
}

static uint32_t number_of(uintptr_t pc)
{
    return pc == 0 ? KNOWN_NOWHERE
                   : atomic_load_explicit(&find(pc)->number, memory_order_acquire);
}

void history_frames_reset(void)
{
    if (atomic_load_explicit(&known_used, memory_order_relaxed) > 0)
        memset(known, 0, sizeof known);
    atomic_store_explicit(&known_used, 0, memory_order_relaxed);
}

size_t history_frames(const struct history_file *file, const struct trace *trace,
                      uint16_t numbers[HISTORY_STACK_MAX])
{
    size_t count = trace->count < HISTORY_STACK_MAX ? trace->count : HISTORY_STACK_MAX;
    bool all = true;

    if (is_last(file, trace)) {
        memcpy(numbers, last.numbers, sizeof last.numbers);
        return count;
    }
    for (size_t i = 0; i < HISTORY_STACK_MAX; i++) {
        uint32_t number = i < count ? number_of(trace->pc[i]) : 0;

        numbers[i] = number == KNOWN_NOWHERE ? 0 : (uint16_t)number;
        all &= i >= count || number != 0;
    }
    if (all)
        keep_last(file, trace, numbers);
    return count;
}

size_t history_unknown(const struct history_file *file, const struct trace *trace,
                       uintptr_t pcs[TRACE_FRAMES_MAX])
{
    size_t count = 0;

    if (is_last(file, trace) || is_full())
        return 0;
    for (size_t i = 0; i < trace->count; i++)
        if (number_of(trace->pc[i]) == 0)
            pcs[count++] = trace->pc[i];
    return count;
}

static void module_fill(struct history_module *module, const struct place *place)
{
    size_t length = strlen(place->module);
    const char *name = place->module;
    const char *id = place->build_id;

    memset(module, 0, sizeof *module);
    if (length > PATH_ROOM) {
        module->path_cut = 1;
        name = text_base_name(name);
        length = strlen(name) < PATH_ROOM ? strlen(name) : PATH_ROOM;
    }
    memcpy(module->path, name, length);
    for (; id != NULL && id[0] != '\0' && module->build_id_length < sizeof module->build_id;
         id += 2)
        module->build_id[module->build_id_length++] =
            (uint8_t)(text_digit(id[0]) << 4 | text_digit(id[1]));
    module->sum = history_module_sum(module);
}

/* The number of PLACE's module in FILE, added if it is new; 0 if there is no room. */
static uint32_t module_number(struct history_file *file, const struct place *place)
{
    uint32_t count = atomic_load_explicit(&file->header.module_count, memory_order_relaxed), i;
    struct history_module module;

    if (place->module == NULL)
        return 0;
    module_fill(&module, place);
    for (i = 0; i < count && i < HISTORY_MODULES_MAX; i++)
        if (memcmp(&file->modules[i], &module, sizeof module) == 0)
            return i + 1;
    if (count >= HISTORY_MODULES_MAX)
        return 0;
    count = atomic_fetch_add_explicit(&file->header.module_count, 1, memory_order_relaxed);
    if (count >= HISTORY_MODULES_MAX)
        return 0;
    memcpy(&file->modules[count], &module, sizeof module);
    return count + 1;
}

static uint32_t frame_number(struct history_file *file, const struct place *place)
{
    uint32_t count = atomic_load_explicit(&file->header.frame_count, memory_order_relaxed);
    struct history_frame frame = {.offset = place->offset, .module = module_number(file, place)};

    if (frame.module == 0 || count >= HISTORY_FRAMES_MAX)
        return KNOWN_NOWHERE;
    frame.sum = history_frame_sum(&frame);
    count = atomic_fetch_add_explicit(&file->header.frame_count, 1, memory_order_relaxed);
    if (count >= HISTORY_FRAMES_MAX)
        return KNOWN_NOWHERE;
    file->frames[count] = frame;
    return count + 1;
}

void history_learn(struct history_file *file, const struct place *places, size_t count)
{
    if (file == NULL || !lock_take(LOCK_FRAMES))
        return;
    lock_was_torn(LOCK_FRAMES); /* a child of fork begins with an empty table anyway */
    for (size_t i = 0; i < count && !is_full(); i++) {
        struct known_frame *slot = find(places[i].pc);

        if (places[i].pc == 0 || atomic_load_explicit(&slot->number, memory_order_relaxed) != 0)
            continue;
        if (atomic_load_explicit(&slot->pc, memory_order_relaxed) == 0)
            atomic_fetch_add_explicit(&known_used, 1, memory_order_relaxed);
        atomic_store_explicit(&slot->pc, places[i].pc, memory_order_release);
        atomic_store_explicit(&slot->number, frame_number(file, &places[i]),
                              memory_order_release);
    }
    lock_release(LOCK_FRAMES);
}

#include "past/past_file.h"

#include <errno.h>
#include <string.h>

static const struct history_header *header_of(const struct past_file *file)
{
    return (const struct history_header *)(const void *)file->bytes;
}

static uint64_t load(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

/* A text may fill its room; ours ends. */
static void end_texts(struct history_process *process)
{
    process->boot[sizeof process->boot - 1] = '\0';
    process->comm[sizeof process->comm - 1] = '\0';
    process->library[sizeof process->library - 1] = '\0';
    process->exe[sizeof process->exe - 1] = '\0';
    process->args[sizeof process->args - 1] = '\0';
    process->cgroup[sizeof process->cgroup - 1] = '\0';
    process->policy[sizeof process->policy - 1] = '\0';
}

static uint32_t at_most(uint32_t number, uint32_t most)
{
    return number < most ? number : most;
}

int past_open(struct past_file *file, const void *bytes, size_t size)
{
    const struct history_header *header = bytes;

    memset(file, 0, sizeof *file);
    file->bytes = bytes;
    file->fd = -1;
    if (size < HISTORY_HEADER_SIZE)
        return size < sizeof header->magic || load(&header->magic) == 0 ? -EAGAIN : -ENOEXEC;
    if (load(&header->magic) == 0)
        return -EAGAIN; /* whatever is there already: it is written last */
    if (load(&header->magic) != HISTORY_MAGIC || header->version != HISTORY_VERSION ||
        header->size < HISTORY_SIZE_MIN || header->size > HISTORY_SIZE_MAX ||
        header->record_count != history_record_count(header->size) ||
        header->sum != history_header_sum(header) || header->process.pid <= 0)
        return -ENOEXEC;
    if (size != HISTORY_HEADER_SIZE && size != header->size)
        return -ENOEXEC;
    file->process = header->process;
    end_texts(&file->process);
    file->record_count =
        size == HISTORY_HEADER_SIZE ? 0 : header->record_count + HISTORY_ANY_PORT_MAX;
    file->module_count = at_most(
        atomic_load_explicit(&header->module_count, memory_order_relaxed), HISTORY_MODULES_MAX);
    file->frame_count = at_most(
        atomic_load_explicit(&header->frame_count, memory_order_relaxed), HISTORY_FRAMES_MAX);
    file->ended_us = atomic_load_explicit(&header->ended_us, memory_order_relaxed);
    file->found_dead_us = atomic_load_explicit(&header->found_dead_us, memory_order_relaxed);
    file->unplaced = atomic_load_explicit(&header->unplaced, memory_order_relaxed);
    file->binds = load(&header->next[0]) + load(&header->next[1]);
    return 0;
}

bool past_has_port(const struct past_file *file, uint16_t port)
{
    const struct history_header *header = header_of(file);

    return load(&header->next[1]) > 0 ||
           (load(&header->ports[port % 1024 / 64]) >> port % 64 & 1) != 0;
}

static bool is_plausible(const struct history_record *record)
{
    return record->path_length <= ENDPOINT_PATH_MAX && record->frame_count <= HISTORY_STACK_MAX &&
           record->protocol < PROTOCOL_COUNT && record->family > FAMILY_NONE &&
           record->family < FAMILY_OTHER && record->fd >= 0 && record->time_us > 0 &&
           (record->family == FAMILY_UNIX || record->path_length == 0);
}

bool past_bind_at(const struct past_file *file, uint32_t index, struct past_bind *bind)
{
    size_t at = HISTORY_RECORDS_AT + index * sizeof(struct history_record);
    const struct history_record *record = (const void *)(file->bytes + at);
    uint64_t number = load(&record->number);

    if (number == 0 || !is_plausible(record) || record->sum != history_record_sum(record, number))
        return false;
    *bind = (struct past_bind){
        .number = number,
        .at = at,
        .protocol = (enum protocol)record->protocol,
        .local = {.family = (enum family)record->family,
                  .port = record->port,
                  .scope = record->scope,
                  .path_length = record->path_length},
        .fd = record->fd,
        .time_us = record->time_us,
        .listened_us = atomic_load_explicit(&record->listened_us, memory_order_relaxed),
        .past = descriptor_decode((struct descriptor_word){load(&record->state)}),
        .cookie = load(&record->cookie),
        .unplaced = file->unplaced,
        .frame_count = record->frame_count,
    };
    memcpy(bind->local.address, record->address, sizeof record->address);
    memcpy(bind->local.path, record->path, record->path_length);
    memcpy(bind->frames, record->frames, sizeof bind->frames);
    return true;
}

static const char *build_id_text(const struct history_module *module, struct scratch *scratch)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * sizeof module->build_id];
    size_t length = at_most(module->build_id_length, sizeof module->build_id), i;

    for (i = 0; i < length; i++) {
        text[2 * i] = digits[module->build_id[i] >> 4];
        text[2 * i + 1] = digits[module->build_id[i] & 15];
    }
    return length == 0 ? NULL : scratch_copy(scratch, text, 2 * length);
}

static void fill_place(const struct past_file *file, uint32_t number, struct place *place,
                       struct scratch *scratch)
{
    const struct history_frame *frames = (const void *)(file->bytes + HISTORY_FRAMES_AT);
    const struct history_module *modules = (const void *)(file->bytes + HISTORY_MODULES_AT);
    const struct history_module *module;
    const struct history_frame *frame;

    if (number == 0 || number > file->frame_count)
        return;
    frame = &frames[number - 1];
    if (frame->module == 0 || frame->module > file->module_count ||
        frame->sum != history_frame_sum(frame))
        return;
    module = &modules[frame->module - 1];
    if (module->sum != history_module_sum(module))
        return;
    place->module =
        scratch_copy(scratch, module->path, text_length(module->path, sizeof module->path));
    place->build_id = build_id_text(module, scratch);
    place->offset = frame->offset;
}

struct stack past_stack(const struct past_file *file, const struct past_bind *bind,
                        struct scratch *scratch)
{
    struct place *places = scratch_take(scratch, bind->frame_count * sizeof *places);
    struct stack stack = {places, 0};

    if (places == NULL || file->record_count == 0)
        return stack;
    for (size_t i = 0; i < bind->frame_count; i++)
        fill_place(file, bind->frames[i], &places[i], scratch);
    stack.count = bind->frame_count;
    return stack;
}

enum answer past_option(const struct past_bind *bind, enum option_kind kind)
{
    enum answer answer = descriptor_option_at_bind(&bind->past, kind);

    if (answer == ANSWER_UNKNOWN || kind > OPTION_REUSEPORT)
        return ANSWER_UNKNOWN;
    for (size_t i = 0; i < bind->past.event_count; i++) {
        const struct option_event *event = &bind->past.events[i];

        if (event->kind == kind && event->phase != PHASE_FRESH && !event->failed &&
            answer_of(event->value) != answer)
            return ANSWER_UNKNOWN;
    }
    return bind->unplaced >> (2 * (unsigned int)kind + (answer == ANSWER_NO)) & 1 ? ANSWER_UNKNOWN
                                                                               : answer;
}

/* EVENT was before the bind or, with AT_LISTEN, before the first listen(). */
static bool is_before(const struct option_event *event, bool at_listen)
{
    return !event->failed &&
           (event->phase == PHASE_FRESH || (at_listen && event->phase == PHASE_BOUND));
}

enum answer past_option_at_listen(const struct past_bind *bind, enum option_kind kind)
{
    enum answer answer = descriptor_option_at_bind(&bind->past, kind);

    if (bind->listened_us == 0 || answer == ANSWER_UNKNOWN)
        return ANSWER_UNKNOWN;
    for (size_t i = 0; i < bind->past.event_count; i++)
        if (bind->past.events[i].kind == kind && is_before(&bind->past.events[i], true))
            answer = answer_of(bind->past.events[i].value);
    return answer;
}

enum setter past_setter(const struct descriptor *past, enum option_kind kind, bool at_listen)
{
    size_t i = past->event_count;

    while (i-- > 0) {
        const struct option_event *event = &past->events[i];

        if (event->kind == kind && is_before(event, at_listen))
            return !event->value ? SETTER_NOBODY
                                 : event->by_policy ? SETTER_POLICY : SETTER_PROGRAM;
    }
    return SETTER_NOBODY;
}

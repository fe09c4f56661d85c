/* libFuzzer target: whatever a file of the history holds, what is read from it is sound or left
 * out. The sums are made right first, so that what is behind them is reached; an input whose
 * first byte is odd is taken as it is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "past/past_file.h"

enum { SIZE = HISTORY_SIZE_MIN };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(16) unsigned char bytes[SIZE];
static char memory[64 * 1024];

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void make_sums_right(void)
{
    struct history_header *header = (void *)bytes;
    struct history_module *modules = (void *)(bytes + HISTORY_MODULES_AT);
    struct history_frame *frames = (void *)(bytes + HISTORY_FRAMES_AT);
    struct history_record *records = (void *)(bytes + HISTORY_RECORDS_AT);
    uint32_t count = history_record_count(SIZE) + HISTORY_ANY_PORT_MAX, i;

    header->magic = HISTORY_MAGIC;
    header->version = HISTORY_VERSION;
    header->size = SIZE;
    header->record_count = history_record_count(SIZE);
    header->sum = history_header_sum(header);
    for (i = 0; i < HISTORY_MODULES_MAX; i++)
        modules[i].sum = history_module_sum(&modules[i]);
    for (i = 0; i < HISTORY_FRAMES_MAX; i++)
        frames[i].sum = history_frame_sum(&frames[i]);
    for (i = 0; i < count; i++)
        if (records[i].path_length <= ENDPOINT_PATH_MAX)
            records[i].sum = history_record_sum(&records[i], records[i].number);
}

static void check_text(const char *text, size_t room)
{
    check(memchr(text, '\0', room) != NULL);
}

static void check_stack(const struct past_file *file, const struct past_bind *bind)
{
    struct scratch scratch = {memory, memory + sizeof memory};
    struct stack stack = past_stack(file, bind, &scratch);

    check(stack.count <= HISTORY_STACK_MAX);
    for (size_t i = 0; i < stack.count; i++) {
        check(stack.places[i].module == NULL || strlen(stack.places[i].module) < 256);
        check(stack.places[i].build_id == NULL || strlen(stack.places[i].build_id) <= 64);
    }
}

static void check_bind(const struct past_file *file, const struct past_bind *bind)
{
    check(bind->number != 0 && bind->fd >= 0 && bind->time_us > 0);
    check(bind->local.family > FAMILY_NONE && bind->local.family < FAMILY_OTHER);
    check(bind->local.path_length <= ENDPOINT_PATH_MAX);
    check(bind->protocol < PROTOCOL_COUNT);
    check(bind->frame_count <= HISTORY_STACK_MAX);
    check(bind->past.event_count <= DESCRIPTOR_EVENTS_MAX);
    check(past_option(bind, OPTION_REUSEADDR) < ANSWER_COUNT);
    check(past_option_at_listen(bind, OPTION_REUSEPORT) < ANSWER_COUNT);
    check(past_setter(&bind->past, OPTION_REUSEADDR, true) <= SETTER_POLICY);
    check_stack(file, bind);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct past_file file;
    struct past_bind bind;
    uint32_t i;

    if (size == 0)
        return 0;
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, data + 1, size - 1 < SIZE ? size - 1 : SIZE);
    if (data[0] % 2 == 0)
        make_sums_right();
    if (past_open(&file, bytes, data[0] % 2 == 0 || size > SIZE ? SIZE : size - 1) != 0)
        return 0;
    check_text(file.process.comm, sizeof file.process.comm);
    check_text(file.process.exe, sizeof file.process.exe);
    check_text(file.process.args, sizeof file.process.args);
    check_text(file.process.cgroup, sizeof file.process.cgroup);
    check_text(file.process.policy, sizeof file.process.policy);
    check(file.module_count <= HISTORY_MODULES_MAX && file.frame_count <= HISTORY_FRAMES_MAX);
    past_has_port(&file, 80);
    for (i = 0; i < file.record_count; i++)
        if (past_bind_at(&file, i, &bind))
            check_bind(&file, &bind);
    return 0;
}

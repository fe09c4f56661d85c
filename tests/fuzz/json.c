/* libFuzzer target: whatever bytes a name, a path, an address or a line has, and in however little
 * room, a record is valid JSON or nothing, and the text for people has no control character but its
 * line ends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../fixtures/json_valid.h"
#include "report/json_text.h"
#include "report/page.h"
#include "report/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

static void check_string(const char *bytes, size_t size)
{
    char *room = malloc(6 * size + 3); /* a byte is \u00XX at most, and two quotes */
    struct text text;

    require(room != NULL);
    text = text_in(room, 6 * size + 3);
    json_string(&text, bytes, size);
    require(!text.cut && json_valid(room, text.used));
    free(room);
}

/* A failure in which every string from outside is STRING. */
static void fill(struct record *record, struct evidence *evidence, struct verdict *verdict,
                 struct holder *holder, struct place *place, const char *string)
{
    size_t length = strlen(string);

    *place = (struct place){1, string, 2, string, string, 3};
    record->caller.comm = record->caller.exe = record->text = string;
    record->stack = (struct stack){place, 1};
    record->address.family = FAMILY_UNIX;
    record->address.path_length =
        (uint8_t)(length < ENDPOINT_PATH_MAX ? length : ENDPOINT_PATH_MAX);
    memcpy(record->address.path, string, record->address.path_length);
    record->protocol = PROTOCOL_UNIX;
    record->error = (int)length;
    record->evidence = evidence;
    record->verdict = verdict;
    evidence->attempt.socket.protocol = PROTOCOL_UNIX;
    evidence->attempt.socket.local = record->address;
    evidence->attempt.caller = record->caller;
    evidence->attempt.stack = record->stack;
    evidence->holders = holder;
    evidence->holder_count = 1;
    evidence->path = (enum path_kind)(length % PATH_COUNT);
    holder->socket = evidence->attempt.socket;
    holder->count = 1;
    holder->owner.comm = holder->owner.exe = holder->cgroup = holder->unit = string;
    holder->owner.pid = 7;
    holder->memory = (struct memory){.bound_at_us = 1, .pid = 8, .comm = string};
    holder->memory.stack = record->stack;
    verdict_reach(evidence, verdict);
    cures_find(evidence, verdict);
}

static void check_clean(const struct text *text)
{
    size_t at, length;

    for (at = 0; at < text->used; at += length) {
        unsigned char c = (unsigned char)text->start[at];

        length = text_utf8_length(text->start + at, text->used - at);
        require(length > 0 && (c >= 0x20 || c == '\n') && c != 0x7f);
        require(c != 0xc2 || (unsigned char)text->start[at + 1] >= 0xa0);
    }
}

static void check_record(const struct record *record, size_t room_size)
{
    char *room = malloc(room_size);
    struct text text;

    require(room != NULL);
    text = text_in(room, room_size);
    json_print(&text, record);
    require(text.cut == (text.used == 0));
    require(text.cut || (room[text.used - 1] == '\n' && json_valid(room, text.used - 1)));
    require(!text.cut || room_size < RECORD_BYTES_MIN);
    text = text_in(room, room_size);
    human_print(&text, record, &(const struct manner){.width = PAGE_WIDTH});
    if (record->event != EVENT_CONFIG_ERROR) /* its line is printed as it was made */
        check_clean(&text);
    free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct evidence evidence;
    static struct verdict verdict;
    static struct holder holder;
    struct record record = {.event = EVENT_BIND_FAILED};
    struct place place;
    char *string = malloc(size + 1);

    require(string != NULL);
    memcpy(string, data, size);
    string[size] = '\0';
    check_string(string, size);
    if (size >= 3) {
        record.event = (enum event)(data[0] % EVENT_COUNT);
        record.misuse = (enum misuse)(data[1] % MISUSE_COUNT);
        fill(&record, &evidence, &verdict, &holder, &place, string + 3);
        check_record(&record, 5 + 64 * (size_t)data[2]);
        check_record(&record, 64 * 1024);
    }
    free(string);
    return 0;
}

#include "command/report_line.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/console.h"
#include "command/report_keys.h"
#include "command/report_record.h"
#include "report/json_text.h"

enum { WRAPPINGS_MAX = 3 };

static const struct {
    const char *name, *meaning;
} kinds[] = {
    [LINE_FAILED] = {"failed", NULL},
    [LINE_WORKED] = {"worked", NULL},
    [LINE_OTHER] = {"other", NULL},
    [LINE_CUT] = {"cut", "cut off before their end, or not one plain record a line"},
    [LINE_BROKEN] = {"broken", "that are broken JSON or have no time that there is"},
    [LINE_TEXT] = {"text", "of REUSESHIM_FORMAT=text"},
    [LINE_FOREIGN] = {"foreign", "of other programs"},
    [LINE_NEWER] = {"newer", "of a format that is not known yet"},
    [LINE_LEFT_OUT] = {"left_out", "whose text journalctl left out: export with --all"},
    [LINE_BINARY] = {"binary", "with binary data"},
    [LINE_LONG] = {"too_long", "longer than any record"},
};
static_assert(sizeof kinds / sizeof *kinds == LINE_KIND_COUNT, "a name for each");

const char *line_kind_name(enum line_kind kind)
{
    return kinds[kind].name;
}

const char *line_kind_meaning(enum line_kind kind)
{
    return kinds[kind].meaning;
}

/* ---- Memory of one line ----
 *
 * cJSON asks for each value by itself. All of a line is given back at once, which is faster than
 * the parse with malloc is without anything done with the result. */

enum { ARENA_SIZE = 256 * 1024 };

struct chunk {
    struct chunk *next;
    size_t size;
    _Alignas(16) char bytes[];
};

static struct {
    struct chunk *first; /* stays; behind it, what one long line needed */
    char *next, *end;
} arena;

static void *arena_take(size_t size)
{
    void *taken;

    size = (size + 15) & ~(size_t)15;
    if (size > (size_t)(arena.end - arena.next)) {
        size_t room = size > ARENA_SIZE ? size : ARENA_SIZE;
        struct chunk *chunk = console_memory(sizeof *chunk + room);

        chunk->size = room;
        if (arena.first == NULL) {
            arena.first = chunk;
        } else {
            chunk->next = arena.first->next;
            arena.first->next = chunk;
        }
        arena.next = chunk->bytes;
        arena.end = chunk->bytes + room;
    }
    taken = arena.next;
    arena.next += size;
    return taken;
}

static void arena_give(void *memory)
{
    (void)memory;
}

static void arena_empty(void)
{
    struct chunk *chunk;

    if (arena.first == NULL) {
        cJSON_InitHooks(&(cJSON_Hooks){arena_take, arena_give});
        arena_take(1);
    }
    while ((chunk = arena.first->next) != NULL) {
        arena.first->next = chunk->next;
        free(chunk);
    }
    arena.next = arena.first->bytes;
    arena.end = arena.first->bytes + arena.first->size;
}

/* ---- Wrappings ---- */

/* A journal's field that is no text is a list of its bytes. */
static char *bytes_of(const cJSON *list)
{
    const cJSON *value;
    size_t count = 0;
    char *bytes;

    cJSON_ArrayForEach(value, list)
        count++;
    bytes = arena_take(count + 1);
    count = 0;
    cJSON_ArrayForEach(value, list)
        bytes[count++] = (char)record_number(value, 255, '?');
    bytes[count] = '\0';
    return bytes;
}

/* "0.0.0.0:80", "[::1]:80", "/run/x.sock": taken apart in place. */
static void read_address(struct line *line, char *text)
{
    char *colon = strrchr(text, ':');

    line->address = text;
    if (colon == NULL || (line->proto != NULL && strcmp(line->proto, "unix") == 0))
        return;
    line->port = strtol(colon + 1, NULL, 10);
    *colon = '\0';
    if (text[0] == '[' && colon[-1] == ']') {
        colon[-1] = '\0';
        line->address = text + 1;
    }
}

/* A journal's entry whose message is not a record: what its fields say. */
static void read_fields(struct line *line, const cJSON *entry)
{
    const cJSON *value;
    const cJSON *time = cJSON_GetObjectItemCaseSensitive(entry, "__REALTIME_TIMESTAMP");
    const cJSON *address = cJSON_GetObjectItemCaseSensitive(entry, "REUSESHIM_ADDRESS");

    cJSON_ArrayForEach(value, entry) {
        switch (report_key(value->string)) {
        case KEY_JOURNAL_EVENT: line->event = record_string(value); break;
        case KEY_JOURNAL_REASON: line->reason = record_string(value); break;
        case KEY_JOURNAL_PROGRAM: line->comm = record_string(value); break;
        case KEY_JOURNAL_PROTOCOL: line->proto = record_string(value); break;
        case KEY_JOURNAL_PID:
            line->pid = cJSON_IsString(value) ? (int32_t)strtol(value->valuestring, NULL, 10) : 0;
            break;
        default: break;
        }
    }
    if (cJSON_IsString(time))
        line->time_us = strtoll(time->valuestring, NULL, 10);
    if (line->time_us > JSON_TIME_LAST_US)
        line->time_us = 0;
    if (cJSON_IsString(address))
        read_address(line, address->valuestring);
    line->kind = line->time_us <= 0 ? LINE_BROKEN : record_kind(line->event, false);
}

static void read_bytes(struct line *line, char *bytes, int wrappings);

/* What whoever carried the record knows of its origin, where the record does not say. */
static void take_origin(struct line *line, const cJSON *entry)
{
    const cJSON *value;

    cJSON_ArrayForEach(value, entry) {
        enum report_key key = report_key(value->string);

        if (key == KEY_JOURNAL_HOST && line->host == NULL)
            line->host = record_string(value);
        if (key == KEY_JOURNAL_BOOT && line->boot == NULL)
            line->boot = record_string(value);
        if (key == KEY_JOURNAL_UNIT && line->unit == NULL)
            line->unit = record_string(value);
        if (key == KEY_JOURNAL_CONTAINER && line->container == NULL)
            line->container = record_string(value);
    }
}

static void read_wrapped(struct line *line, const cJSON *entry, int wrappings)
{
    const cJSON *value, *event = NULL;
    char *message = NULL;
    bool left_out = false, journal = false;

    cJSON_ArrayForEach(value, entry) {
        enum report_key key = report_key(value->string);

        if (key == KEY_MESSAGE && cJSON_IsString(value))
            message = value->valuestring;
        if (key == KEY_MESSAGE && cJSON_IsArray(value))
            message = bytes_of(value);
        left_out |= key == KEY_MESSAGE && cJSON_IsNull(value);
        journal |= key == KEY_JOURNAL_TIME;
        if (key == KEY_JOURNAL_EVENT)
            event = value;
    }
    if (message != NULL && message[0] != '\0' && wrappings < WRAPPINGS_MAX)
        read_bytes(line, message, wrappings + 1);
    if (line->kind >= LINE_CUT && journal && event != NULL)
        read_fields(line, entry);
    else if (left_out)
        line->kind = LINE_LEFT_OUT;
    take_origin(line, entry);
}

/* Where the syslog daemon's tag is, with the blank before it: "HOST reuseshim[4711]: {..." in the
 * old form, "<13>1 TIME HOST reuseshim 4711 - - {..." in that of RFC 5424. */
static char *syslog_tag(char *bytes)
{
    char *tag = strstr(bytes, " reuseshim[");

    return tag != NULL ? tag : strstr(bytes, " reuseshim ");
}

/* The host that a syslog daemon writes: the word before the tag. */
static void take_syslog_host(struct line *line, char *bytes, const char *record)
{
    char *tag = syslog_tag(bytes), *start;

    if (tag == NULL || tag >= record || line->host != NULL)
        return;
    for (start = tag; start > bytes && start[-1] != ' ' && start[-1] != '\t';)
        start--;
    *tag = '\0';
    if (start < tag && strcmp(start, "-") != 0)
        line->host = start;
}

/* The object behind a syslog daemon's words. The library writes "v" first; what carries records
 * may order and space keys anew. */
static char *object_in(char *bytes)
{
    char *tag = syslog_tag(bytes), *start = strstr(bytes, "{\"v\":");

    if (start != NULL)
        return start;
    start = strchr(tag != NULL ? tag : bytes, '{');
    while (start != NULL && start[1 + strspn(start + 1, " \t")] != '"')
        start = strchr(start + 1, '{');
    return start;
}

static bool ends_as_object(const char *bytes)
{
    size_t length = strlen(bytes);

    while (length > 0 && strchr(" \t\r\n", bytes[length - 1]) != NULL)
        length--;
    return length > 0 && bytes[length - 1] == '}';
}

/* From the outside in, up to the record. */
static void read_bytes(struct line *line, char *bytes, int wrappings)
{
    char *record = bytes + strspn(bytes, " \t");
    bool ours = strncmp(bytes, "reuseshim: ", 11) == 0 || syslog_tag(bytes) != NULL;
    const cJSON *object;

    if (*record != '{') {
        record = object_in(bytes);
        line->kind = ours ? LINE_TEXT : LINE_FOREIGN;
    }
    if (record == NULL)
        return;
    object = cJSON_ParseWithOpts(record, NULL, true);
    if (object == NULL) {
        if (*bytes == '{' || text_begins_with(record, "{\"v\":") ||
            (ours && strstr(record, "\"event\"") != NULL))
            line->kind = ends_as_object(record) ? LINE_BROKEN : LINE_CUT;
        return;
    }
    if (cJSON_GetObjectItemCaseSensitive(object, "v") != NULL &&
        cJSON_GetObjectItemCaseSensitive(object, "event") != NULL)
        record_read(line, object);
    else
        read_wrapped(line, object, wrappings);
    if (record != bytes)
        take_syslog_host(line, bytes, record);
}

void line_read(struct line *line, char *bytes, size_t length)
{
    *line = (struct line){.kind = LINE_FOREIGN, .port = -1, .fd = -1, .frees_in_ms = -1};
    arena_empty();
    if (memchr(bytes, '\0', length) != NULL) {
        line->kind = LINE_BINARY;
        return;
    }
    read_bytes(line, bytes, 0);
}

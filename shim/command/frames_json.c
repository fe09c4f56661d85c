/* Frames in a JSON record. The record is not taken apart but copied as it is; where an object ends
 * that had a module and an offset, what was found is put in front of its bracket. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command/frames.h"
#include "command/source.h"
#include "report/json_text.h"

enum { KEY_MAX = 16 };

/* The innermost object that is being read. A frame holds no other objects, so one is enough. */
struct object {
    bool open;
    char module[PATH_MAX];
    char build_id[2 * 64 + 1];
    char offset[32];
};

/* Reads the string at AT (its opening quote) into VALUE, which may be cut off. Returns what follows
 * its closing quote; END if there is none. Only the escapes that a path can need are undone. */
static const char *read_string(const char *at, const char *end, char *value, size_t size)
{
    size_t used = 0;

    for (at++; at < end && *at != '"'; at++) {
        char c = *at;

        if (c == '\\' && at + 1 < end) {
            c = *++at;
            if (c == 'u') { /* no path of ours has one that matters */
                c = '?';
                at = end - at > 4 ? at + 4 : end - 1;
            }
        }
        if (used + 1 < size)
            value[used++] = c;
    }
    value[used] = '\0';
    return at < end ? at + 1 : end;
}

/* Reads the member KEY whose value begins at AT, if it is a string that a frame is known by. */
static const char *read_member(const char *key, const char *at, const char *end,
                               struct object *object)
{
    char ignored[1];

    if (strcmp(key, "module") == 0)
        return read_string(at, end, object->module, sizeof object->module);
    if (strcmp(key, "build_id") == 0)
        return read_string(at, end, object->build_id, sizeof object->build_id);
    if (strcmp(key, "offset") == 0)
        return read_string(at, end, object->offset, sizeof object->offset);
    return read_string(at, end, ignored, sizeof ignored);
}

static void add_source(struct text *text, const struct object *object)
{
    struct source source;

    if (!object->open || object->module[0] == '\0' || object->offset[0] == '\0' ||
        !source_find(object->module, object->build_id[0] != '\0' ? object->build_id : NULL,
                     strtoull(object->offset, NULL, 16), &source))
        return;
    json_open(text, "source", '[');
    for (size_t i = 0; i < source.count; i++) {
        json_open(text, NULL, '{');
        json_words(text, "function", source.lines[i].function);
        json_words(text, "file", source.lines[i].file);
        json_number_if(text, "line", source.lines[i].line > 0, source.lines[i].line);
        json_close(text, '{');
    }
    json_close(text, '[');
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

static void begin(struct object *object)
{
    object->open = true;
    object->module[0] = object->build_id[0] = object->offset[0] = '\0';
}

void frames_json(struct text *text, const char *line, size_t length)
{
    const char *at = line, *end = line + length, *done = line;
    struct object object;
    char key[KEY_MAX];

    begin(&object);
    object.open = false;
    while (at < end) {
        if (*at == '"') {
            at = skip_blanks(read_string(at, end, key, sizeof key), end);
            if (at < end && *at == ':') {
                at = skip_blanks(at + 1, end);
                if (at < end && *at == '"')
                    at = read_member(key, at, end, &object);
            }
            continue;
        }
        if (*at == '{')
            begin(&object);
        if (*at == '}') {
            text_bytes(text, done, (size_t)(at - done));
            done = at;
            add_source(text, &object);
            object.open = false;
        }
        at++;
    }
    text_bytes(text, done, (size_t)(end - done));
}

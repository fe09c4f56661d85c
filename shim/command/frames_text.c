/* "open_listener+0x42 (server+0x1a42)" in a line of a text log. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/frames.h"
#include "command/program.h"
#include "command/source.h"
#include "command/symbol_name.h"
#include "report/page.h"

/* NAME+0xNUMBER in a line. */
struct token {
    const char *start;
    const char *end;
    size_t name_length;
    uint64_t number;
};

static bool is_name(char c)
{
    return c != ' ' && c != '(' && c != ')' && c != '<' && c != '\t' && c != '\n';
}

/* The token around the "+0x" at PLUS; false if it is none. */
static bool read_token(const char *line, const char *end, const char *plus, struct token *token)
{
    char *stop;

    for (token->start = plus; token->start > line && is_name(token->start[-1]);)
        token->start--;
    token->name_length = (size_t)(plus - token->start);
    token->number = strtoull(plus + 1, &stop, 16);
    token->end = stop;
    return token->name_length > 0 && token->name_length <= NAME_MAX && stop > plus + 3 &&
           stop <= end && (stop == end || !is_name(*stop));
}

/* ---- The module's file ---- */

static bool is_file(const char *path)
{
    struct stat file;

    return stat(path, &file) == 0 && S_ISREG(file.st_mode);
}

static bool is_in_folder(const char *folder, size_t length, const char *name, char path[PATH_MAX])
{
    int written = snprintf(path, PATH_MAX, "%.*s/%s", (int)length, folder, name);

    return written < PATH_MAX && is_file(path);
}

/* The folders from which this command's own libraries come: where others come from as well. */
static bool is_beside_our_libraries(const char *name, char path[PATH_MAX])
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char *line = NULL;
    size_t size = 0;
    bool found = false;

    while (maps != NULL && !found && getline(&line, &size, maps) > 0) {
        const char *start = strchr(line, '/');
        const char *slash = strrchr(line, '/');

        found = start != NULL && slash > start && strstr(slash, ".so") != NULL &&
                is_in_folder(start, (size_t)(slash - start), name, path);
    }
    free(line);
    if (maps != NULL)
        fclose(maps);
    return found;
}

static bool find_module(const struct frames_folders *folders, const char *name, char path[PATH_MAX])
{
    static const char *const standard[] = {"/lib", "/lib64", "/usr/lib", "/usr/lib64",
                                           "/usr/local/lib"};

    for (size_t i = 0; i < folders->count; i++) {
        const char *slash = strrchr(folders->paths[i], '/');

        if (is_in_folder(folders->paths[i], strlen(folders->paths[i]), name, path))
            return true;
        snprintf(path, PATH_MAX, "%s", folders->paths[i]);
        if (strcmp(slash != NULL ? slash + 1 : path, name) == 0 && is_file(path))
            return true;
    }
    if (is_in_folder(".", 1, name, path) || program_find(name, path))
        return true;
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++)
        if (is_in_folder(standard[i], strlen(standard[i]), name, path))
            return true;
    return is_beside_our_libraries(name, path);
}

/* ---- Telling ---- */

/* One frame as it stands in the line: its module, and its symbol if it has one. */
struct frame {
    const char *start;
    const char *end;
    struct token module;
    uint64_t symbol_offset;
    bool has_symbol;
};

static void add_place(struct text *text, const struct source_line *line, bool color)
{
    if (line->file == NULL)
        return;
    text_join(text, " at ", color ? "\033[36m" : "", NULL);
    text_shown(text, line->file, strlen(line->file), PATH_MAX);
    if (line->line > 0) {
        text_char(text, ':');
        text_number(text, line->line);
    }
    text_add(text, color ? "\033[0m" : "");
}

static void add_function(struct text *text, const struct source_line *line)
{
    const char *name = line->function != NULL ? line->function : "?";

    text_shown(text, name, strlen(name), PATH_MAX);
}

static size_t symbol_length(const struct frame *frame)
{
    return frame->has_symbol ? (size_t)(strstr(frame->start, "+0x") - frame->start) : 0;
}

static bool has_mangled_name(const struct frame *frame)
{
    return symbol_looks_mangled(frame->start, symbol_length(frame));
}

/* The frame as it stands in the log. Where it was broken over two lines it is one again, and a
 * mangled name is read. */
static void add_as_logged(struct text *text, const struct frame *frame)
{
    const char *at = frame->start;

    if (has_mangled_name(frame)) {
        size_t name_length = symbol_length(frame);
        char *name = strndup(at, name_length);

        text_add(text, name != NULL ? symbol_name(name) : "");
        at += name != NULL ? name_length : 0;
        free(name);
    }
    for (; at < frame->end; at++)
        if (*at == '\n')
            at += PAGE_INDENT - 1;
        else
            text_char(text, *at);
}

/* FRAME with the functions that were inlined into it in front. */
static void add_frame(struct text *text, const struct frame *frame, const struct source *source,
                      bool color)
{
    const struct source_line *real = &source->lines[source->count - 1];

    for (size_t i = 0; i + 1 < source->count; i++) {
        add_function(text, &source->lines[i]);
        text_add(text, " (inlined)");
        add_place(text, &source->lines[i], color);
        text_add(text, " < ");
    }
    if (!frame->has_symbol && real->function != NULL) {
        add_function(text, real);
        text_add(text, " (");
    }
    add_as_logged(text, frame);
    text_add(text, !frame->has_symbol && real->function != NULL ? ")" : "");
    add_place(text, real, color);
}

/* Looks FRAME up. Without build ids in a text, the symbol must agree: it may be another build. */
static bool look_up(const struct frame *frame, const struct frames_style *style,
                    struct source *source)
{
    char name[NAME_MAX + 1], path[PATH_MAX];

    memcpy(name, frame->module.start, frame->module.name_length);
    name[frame->module.name_length] = '\0';
    if (strchr(name, '/') != NULL || !find_module(&style->folders, name, path) ||
        !source_find(path, NULL, frame->module.number, source))
        return false;
    return !frame->has_symbol ||
           (source->has_symbol && source->symbol_offset == frame->symbol_offset);
}

/* Where "(server+0x1a42)" goes on behind the symbol, perhaps on the next line; or NULL. */
static const char *inner_of(const struct token *token, const char *end)
{
    const char *at = token->end + strspn(token->end, token->end[0] == '\n' ? "\n " : " ");
    size_t blanks = (size_t)(at - token->end);

    return at + 1 < end && *at == '(' && (blanks == 1 || blanks == PAGE_INDENT + 1) ? at + 1 : NULL;
}

/* The next frame of the line at or behind FROM. */
static bool next_frame(const char *line, const char *end, const char *from, struct frame *frame)
{
    const char *plus;
    struct token token;

    for (plus = from; (plus = strstr(plus, "+0x")) != NULL && plus < end; plus++) {
        if (!read_token(line, end, plus, &token))
            continue;
        frame->start = token.start;
        frame->end = token.end;
        frame->module = token;
        frame->has_symbol = false;
        if (inner_of(&token, end) != NULL) {
            const char *inner = strstr(token.end, "+0x");

            if (inner != NULL && inner < end && read_token(line, end, inner, &frame->module) &&
                frame->module.start == inner_of(&token, end) && *frame->module.end == ')') {
                frame->has_symbol = true;
                frame->symbol_offset = token.number;
                frame->end = frame->module.end + 1;
            }
        }
        return true;
    }
    return false;
}

/* Puts each frame of what was added since START on a line of its own. */
static void fold(struct text *text, size_t start)
{
    static const char mark[] = " < ";
    char *copy = strdup(text->start + start);
    char *at = copy, *next;

    if (copy == NULL)
        return;
    text->used = start;
    for (; (next = strstr(at, mark)) != NULL; at = next + strlen(mark)) {
        text_bytes(text, at, (size_t)(next - at));
        text_char(text, '\n');
        text_column(text, PAGE_INDENT);
        text_add(text, "< ");
    }
    text_add(text, at);
    free(copy);
}

void frames_text(struct text *text, const char *line, size_t length,
                 const struct frames_style *style)
{
    const char *end = line + length, *done = line, *from = line;
    size_t start = text->used;
    struct frame frame;
    struct source source;
    bool changed = false, found;

    while (next_frame(line, end, from, &frame)) {
        from = frame.end;
        found = look_up(&frame, style, &source);
        if (!found && !has_mangled_name(&frame))
            continue;
        text_bytes(text, done, (size_t)(frame.start - done));
        if (found)
            add_frame(text, &frame, &source, style->color);
        else
            add_as_logged(text, &frame);
        done = frame.end;
        changed = true;
    }
    text_bytes(text, done, (size_t)(end - done));
    if (changed && text->used - start > style->width)
        fold(text, start);
}

/* reuseshim symbolize: a log goes in, and comes out with file and line at its frames. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/console.h"
#include "command/frames.h"
#include "report/page.h"

enum { FLAG_PATH = 0, FOLDERS_MAX = 64, LINE_GROWTH = 64 * 1024 };

/* Room for what a line becomes; kept from one line to the next. */
struct room {
    char *bytes;
    size_t size;
};

static bool make_room(struct room *room, size_t size)
{
    char *bytes = size <= room->size ? room->bytes : realloc(room->bytes, size);

    if (bytes == NULL)
        return false;
    room->bytes = bytes;
    room->size = size > room->size ? size : room->size;
    return true;
}

static void write_line(const char *line, size_t length, const struct frames_style *style,
                       struct room *room)
{
    struct text text;

    /* A frame of 20 bytes at least may grow by some paths. */
    if (!make_room(room, length * 64 + LINE_GROWTH)) {
        fwrite(line, 1, length, stdout);
        return;
    }
    text = text_in(room->bytes, room->size);
    if (line[0] == '{')
        frames_json(&text, line, length);
    else
        frames_text(&text, line, length, style);
    if (text.cut)
        fwrite(line, 1, length, stdout); /* better as it was than half of it */
    else
        fwrite(text.start, 1, text.used, stdout);
}

/* A line of the file, in memory of getline(). */
struct line {
    char *bytes;
    size_t size;
    ssize_t length; /* 0 = there is none */
};

/* Does it end with "open_listener+0x42", the first half of a frame? */
static bool ends_in_symbol(const struct line *line)
{
    ssize_t at = line->length - (line->bytes[line->length - 1] == '\n');

    while (at > 0 && strchr("0123456789abcdef", line->bytes[at - 1]) != NULL)
        at--;
    return at > 3 && memcmp(line->bytes + at - 3, "+0x", 3) == 0;
}

/* "           (server+0x1a42) < ...": the second half. */
static bool goes_on(const struct line *line)
{
    return line->length > PAGE_INDENT && line->bytes[PAGE_INDENT] == '(' &&
           strspn(line->bytes, " ") == PAGE_INDENT;
}

static void read_line(struct line *line, FILE *file)
{
    line->length = getline(&line->bytes, &line->size, file);
    if (line->length < 0)
        line->length = 0;
}

/* Reads the next line, and what a frame that was broken at its end goes on with. NEXT holds a line
 * that was read too early. */
static void read_whole(struct line *line, struct line *next, FILE *file)
{
    struct line other = *line;

    *line = *next;
    *next = other;
    if (line->length == 0)
        read_line(line, file);
    next->length = 0;
    while (line->length > 0 && ends_in_symbol(line)) {
        size_t used = (size_t)line->length, size;
        char *bytes;

        read_line(next, file);
        if (!goes_on(next))
            return;
        size = used + (size_t)next->length + 1;
        bytes = realloc(line->bytes, size);
        if (bytes == NULL)
            return;
        *line = (struct line){bytes, size, (ssize_t)size - 1};
        memcpy(bytes + used, next->bytes, (size_t)next->length + 1);
        next->length = 0;
    }
}

/* Returns false, with errno, if it could not be read to its end: a folder opens as a file does. */
static bool convert(FILE *file, const struct frames_style *style)
{
    bool is_watched = isatty(STDOUT_FILENO);
    struct room room = {NULL, 0};
    struct line one = {NULL, 0, 0}, next = {NULL, 0, 0};
    int error;

    while (read_whole(&one, &next, file), one.length > 0) {
        const char *line = one.bytes;
        ssize_t length = one.length;
        bool ended = line[length - 1] == '\n';

        write_line(line, (size_t)length - ended, style, &room);
        if (ended)
            putchar('\n');
        if (is_watched)
            fflush(stdout);
    }
    error = errno;
    free(room.bytes);
    free(one.bytes);
    free(next.bytes);
    errno = error;
    return !ferror(file);
}

static _Noreturn void fail(const struct arguments *arguments)
{
    arguments_wrong(arguments, "'%s' can't be read: %s",
                    arguments->count == 1 ? console_shown(arguments->words[0]) : "-",
                    strerror(errno));
}

static int run(struct arguments *arguments)
{
    static const char *folders[FOLDERS_MAX];
    struct frames_style style = {.folders = {folders, 0}};
    FILE *file = stdin;

    while (arguments_next(arguments) >= 0) {
        if (style.folders.count == FOLDERS_MAX)
            arguments_wrong(arguments, "too many --path");
        folders[style.folders.count++] = arguments->value;
    }
    arguments_want(arguments, 0, 1);
    if (arguments->count == 1 && strcmp(arguments->words[0], "-") != 0) {
        file = fopen(arguments->words[0], "re");
        if (file == NULL)
            fail(arguments);
    }
    style.color = console_color(STDOUT_FILENO);
    style.width = isatty(STDOUT_FILENO) ? console_width() : PAGE_WIDTH;
    if (!convert(file, &style))
        fail(arguments);
    if (file != stdin)
        fclose(file);
    return EXIT_YES;
}

static const struct flag flags[] = {
    [FLAG_PATH] =
        {"path", 'p', "PATH",
         "a folder (or file) with programs and libraries that a text log names; more than "
         "once"},
};

const struct subcommand symbolize_subcommand = {
    .name = "symbolize",
    .usage = "[OPTION]... [FILE]",
    .summary = "Adds file and line to the stacks in a log",
    .details = "Reads FILE, or else the standard input, in text or JSON (one object a line),\n"
               "and writes it with the place in the source at each frame: inlined functions\n"
               "too. Lines without a frame come out as they went in. Debug information is\n"
               "looked for in the files, in /usr/lib/debug, and where DEBUGINFOD_URLS says.\n"
               "Modules of a JSON log have their paths and build ids; those of a text log are\n"
               "looked for in --path, here, in PATH and where libraries are.\n"
               "\n"
               "Exit code: 0, or 3 for wrong arguments or a file that can't be read.\n",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .usage_exit = EXIT_USAGE,
    .run = run,
};

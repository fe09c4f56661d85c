#include "command/console.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command/command.h"
#include "rules/settings.h"

enum { WIDTH_DEFAULT = 80, WIDTH_LEAST = 40 };

void console_error(const char *format, ...)
{
    va_list list;

    fflush(stdout); /* so that both come in order where they go to one place */
    fputs("reuseshim: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
}

const char *console_shown(const char *string)
{
    enum { SHOWN_COUNT = 4, SHOWN_SIZE = 4096 };
    static char buffers[SHOWN_COUNT][SHOWN_SIZE];
    static unsigned int next;
    struct text text = text_in(buffers[next++ % SHOWN_COUNT], SHOWN_SIZE);

    text_shown(&text, string, strlen(string), SHOWN_SIZE / 4);
    return text.start;
}

bool console_color(int fd)
{
    static const enum variable variables[] = {VARIABLE_NO_COLOR, VARIABLE_FORCE_COLOR};
    struct settings settings;
    struct reader_error error;
    const char *term = getenv("TERM");

    settings_init(&settings);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variable_name(variables[i]));

        if (value != NULL)
            settings_read(&settings, variables[i], value, &error);
    }
    if (settings.color != COLOR_AUTO)
        return settings.color == COLOR_ALWAYS;
    return isatty(fd) && (term == NULL || strcmp(term, "dumb") != 0);
}

size_t console_width(void)
{
    struct winsize size = {.ws_col = 0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return WIDTH_DEFAULT;
    return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col;
}

size_t console_columns(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void *there(void *memory)
{
    if (memory != NULL)
        return memory;
    console_error("out of memory");
    exit(EXIT_OWN_ERROR);
}

struct text console_text(size_t size)
{
    return text_in(there(malloc(size)), size);
}

void *console_memory(size_t size)
{
    return there(calloc(1, size));
}

void *console_grown(void *memory, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return memory;
    *room = *room == 0 ? 8 : *room * 2;
    return there(realloc(memory, *room * size));
}

void console_fold(struct text *text, size_t start, size_t width)
{
    enum { INDENT = 4, BETWEEN = 2 };
    char *copy = text->used - start > width + 1 ? strdup(text->start + start) : NULL;
    char *at = copy;
    size_t line = start;
    bool broken = false;

    if (copy == NULL)
        return;
    copy[strcspn(copy, "\n")] = '\0';
    text->used = start;
    while (*at != '\0') {
        char *end = strstr(at, "  ");
        size_t length = end != NULL ? (size_t)(end - at) : strlen(at);
        size_t column = broken ? text->used - line + BETWEEN : (size_t)(at - copy);

        if (text->used > line && column + length > width) {
            text_char(text, '\n');
            line = text->used;
            broken = true;
            column = INDENT;
        }
        text_column(text, column);
        text_bytes(text, at, length);
        at += length;
        at += strspn(at, " ");
    }
    text_char(text, '\n');
    free(copy);
}

void console_print(struct text *text)
{
    fwrite(text->start, 1, text->used, stdout);
    *text = text_in(text->start, text->size);
}

void console_version(void)
{
    puts("reuseshim " REUSESHIM_VERSION);
}

int console_finish(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    console_error("the output could not be written: %s", strerror(errno));
    return EXIT_OWN_ERROR;
}

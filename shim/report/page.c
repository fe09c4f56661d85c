#include "report/page.h"

#include <assert.h>
#include <string.h>

static const char tones[][8] = {
    [TONE_PLAIN] = "\033[0m",
    [TONE_HEADLINE] = "\033[1;31m", /* bold red */
    [TONE_REASON] = "\033[33m",     /* yellow */
    [TONE_STRONG] = "\033[1m",      /* bold */
};
static_assert(sizeof tones / sizeof *tones == TONE_COUNT, "one sequence each");

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The next byte of TEXT at or behind AT that is no part of a tone. */
static size_t skip_tones(const struct text *text, size_t at)
{
    while (at < text->used && text->start[at] == '\033') {
        while (at < text->used && text->start[at] != 'm')
            at++;
        at++;
    }
    return at;
}

void page_tone(struct page *page, enum tone tone)
{
    if (page->color)
        text_add(page->text, tones[tone]);
}

void page_begin(struct page *page, const char *key)
{
    size_t start = page->text->used;

    text_join(page->text, "  ", key, " ", NULL);
    while (page->text->used - start < PAGE_INDENT && !page->text->cut)
        text_char(page->text, ' ');
    page->line = page->text->used;
    page->column = PAGE_INDENT;
}

size_t page_columns(const struct page *page, size_t start)
{
    const struct text *text = page->text;
    size_t columns = 0;
    size_t i;

    for (i = skip_tones(text, start); i < text->used; i = skip_tones(text, i + 1))
        columns += !continues_character(text->start[i]);
    return columns;
}

void page_forget(struct page *page, size_t start)
{
    page->text->used = start;
    page->text->start[start] = '\0';
}

size_t page_lines(const struct page *page, size_t start)
{
    size_t lines = 0;

    for (size_t i = start; i < page->text->used; i++)
        lines += page->text->start[i] == '\n';
    return lines;
}

/* Puts a line end and the indent in the place of the run of blanks that ends at byte AT. Returns
 * where the next line's words begin. */
static size_t break_at(struct text *text, size_t at)
{
    size_t rest = at + 1;
    size_t tail;

    while (at > 0 && text->start[at - 1] == ' ')
        at--;
    tail = text->used - rest;
    if (at + 1 + PAGE_INDENT + tail > text->size - 1) {
        text->cut = true;
        return text->used;
    }
    memmove(text->start + at + 1 + PAGE_INDENT, text->start + rest, tail + 1);
    text->start[at] = '\n';
    memset(text->start + at + 1, ' ', PAGE_INDENT);
    text->used = at + 1 + PAGE_INDENT + tail;
    return at + 1 + PAGE_INDENT;
}

/* Breaks the current line where it is too long; the rest is the current line then. */
static void fold(struct page *page)
{
    struct text *text = page->text;
    size_t column = page->column;
    size_t blank = 0; /* the last one of this line; 0 = none */
    size_t i;

    for (i = skip_tones(text, page->line); i < text->used; i = skip_tones(text, i + 1)) {
        if (text->start[i] == ' ')
            blank = i;
        column += !continues_character(text->start[i]);
        if (column <= page->width || blank <= page->line || blank == i)
            continue;
        i = break_at(text, blank) - 1;
        page->line = i + 1;
        column = page->column = PAGE_INDENT;
        blank = 0;
    }
}

void page_end(struct page *page)
{
    fold(page);
    text_char(page->text, '\n');
}

void page_command(struct page *page, const char *command, size_t limit)
{
    size_t length = strlen(command);

    fold(page);
    if (page->column + page_columns(page, page->line) + 1 + length <= page->width) {
        text_char(page->text, ' ');
    } else {
        text_char(page->text, '\n');
        text_column(page->text, PAGE_INDENT);
    }
    page_tone(page, TONE_STRONG);
    text_shown(page->text, command, length, limit);
    page_tone(page, TONE_PLAIN);
    text_char(page->text, '\n');
}

void page_mark_cut(struct text *text, size_t start)
{
    static const char mark[] = "...\n";
    size_t at = text->size - sizeof mark; /* the mark and the NUL fit exactly */

    if (text->size < sizeof mark || at < start)
        return;
    if (at > text->used)
        at = text->used;
    while (at > start && continues_character(text->start[at]))
        at--;
    for (size_t i = at; i > start && at - i < 8; i--) /* the longest sequence of ours is shorter */
        if (text->start[i - 1] == '\033' && memchr(text->start + i, 'm', at - i) == NULL)
            at = i - 1;
    memcpy(text->start + at, mark, sizeof mark);
    text->used = at + sizeof mark - 1;
}

#include "report/page.h"

#include <assert.h>
#include <string.h>

static const char tones[][8] = {
    [TONE_PLAIN] = "\033[0m",
    [TONE_HEADLINE] = "\033[1;31m", /* bold red */
    [TONE_REASON] = "\033[33m",     /* yellow */
    [TONE_KEY] = "\033[2m",         /* dim */
};
static_assert(sizeof tones / sizeof *tones == TONE_COUNT, "one sequence each");

/* Bytes of the tones in a headline: its own, the reason's, and what ends both. */
enum { TONES_OF_HEADLINE = 7 + 5 + 2 * 4 };

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void page_tone(struct page *page, enum tone tone)
{
    if (page->color)
        text_add(page->text, tones[tone]);
}

void page_begin(struct page *page, const char *key)
{
    size_t width = strlen(key) + 2;

    text_add(page->text, "  ");
    page_tone(page, TONE_KEY);
    text_add(page->text, key);
    page_tone(page, TONE_PLAIN);
    for (; width < PAGE_INDENT; width++)
        text_char(page->text, ' ');
    page->line = page->text->used;
}

size_t page_column(const struct page *page)
{
    size_t column = PAGE_INDENT;
    size_t i;

    for (i = page->line; i < page->text->used; i++)
        column += !continues_character(page->text->start[i]);
    return column;
}

void page_pad(struct page *page, size_t column)
{
    size_t at = page_column(page);

    text_add(page->text, "  ");
    for (at += 2; at < column; at++)
        text_char(page->text, ' ');
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

void page_fold(struct page *page)
{
    struct text *text = page->text;
    size_t column = PAGE_INDENT;
    size_t blank = 0; /* the last one of this line; 0 = none */
    size_t i;

    for (i = page->line; i < text->used; i++) {
        if (text->start[i] == ' ')
            blank = i;
        column += !continues_character(text->start[i]);
        if (column <= page->width || blank <= page->line || blank == i)
            continue;
        i = break_at(text, blank) - 1;
        page->line = i + 1;
        column = PAGE_INDENT;
        blank = 0;
    }
}

void page_end(struct page *page)
{
    page_fold(page);
    text_char(page->text, '\n');
}

void page_split(struct page *page, size_t start, size_t joint)
{
    struct text *text = page->text;

    if (text->used - start > page->width + (page->color ? TONES_OF_HEADLINE : 0) &&
        joint < text->used)
        break_at(text, joint + (text->start[joint + 1] == ' '));
}

void page_break(struct page *page)
{
    page_end(page);
    text_column(page->text, PAGE_INDENT);
    page->line = page->text->used;
}

void page_mark_cut(struct text *text, size_t start)
{
    static const char mark[] = "...\n";
    size_t at = text->size - sizeof mark; /* the mark and the NUL fit exactly */
    size_t i;

    if (text->size < sizeof mark || at < start)
        return;
    if (at > text->used)
        at = text->used;
    while (at > start && continues_character(text->start[at]))
        at--;
    for (i = at; i > start && at - i < 8; i--) /* the longest sequence of ours is shorter */
        if (text->start[i - 1] == '\033' && memchr(text->start + i, 'm', at - i) == NULL)
            at = i - 1;
    memcpy(text->start + at, mark, sizeof mark);
    text->used = at + sizeof mark - 1;
}

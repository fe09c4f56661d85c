/* Lines for people: a key in front, an indent, and a break where a line gets too long. Pure; works
 * in the text itself, so no second buffer is needed.
 *
 *   "  rule     Both runs need SO_REUSEADDR (TIME_WAIT of 12 connections). Neither
 *    ^key       this one nor the old one, server[4200], has it."
 *               ^PAGE_INDENT
 */
#ifndef REUSESHIM_REPORT_PAGE_H
#define REUSESHIM_REPORT_PAGE_H

#include "base/text.h"

/* Columns, 0-based. */
enum {
    PAGE_INDENT = 11, /* where the words of a line begin */
    PAGE_LEAST = 40,  /* columns of a page, at least */
    PAGE_WIDTH = 80   /* of a log; a line with a blank before this column is not longer */
};

enum tone { TONE_PLAIN = 0, TONE_HEADLINE, TONE_REASON, TONE_STRONG, TONE_COUNT };

struct page {
    struct text *text;
    bool color;
    size_t width; /* columns; PAGE_WIDTH but for a terminal */
    size_t line;  /* where in text the words of the current line begin, */
    size_t column; /* and in which column */
};

/* Switches to TONE if the page has colour. */
void page_tone(struct page *page, enum tone tone);

/* Begins the line KEY. */
void page_begin(struct page *page, const char *key);

/* Breaks the current line where it is too long, and ends it. */
void page_end(struct page *page);

/* Columns of what stands in the text from byte START on, without the tones. */
size_t page_columns(const struct page *page, size_t start);

/* Takes back what was added to the text from byte START on. */
void page_forget(struct page *page, size_t start);

/* The lines that end in the text from byte START on. */
size_t page_lines(const struct page *page, size_t start);

/* Ends the current line with COMMAND, which comes from outside: behind the words if there is room,
 * or else in a line of its own, which is never broken. Nothing follows it. */
void page_command(struct page *page, const char *command, size_t limit);

/* Ends TEXT, which may have been cut, with "...\n" in its last bytes: no half character or escape
 * sequence is left. START is the first byte that may be changed. */
void page_mark_cut(struct text *text, size_t start);

#endif

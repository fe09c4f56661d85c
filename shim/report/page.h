/* Lines for people: a key in front, an indent, and a break where a line gets too long. Pure; works
 * in the text itself, so no second buffer is needed.
 *
 *   "  why    12 closed connections still hold 8080 ... and Linux lets a port be taken
 *    ^key     over only if both sides have it."
 *             ^PAGE_INDENT
 */
#ifndef REUSESHIM_REPORT_PAGE_H
#define REUSESHIM_REPORT_PAGE_H

#include "base/text.h"

/* Columns, 0-based. */
enum {
    PAGE_INDENT = 9,   /* where the words of a line begin */
    PAGE_STACK = 46,   /* where a stack begins, if the line has not come so far yet */
    PAGE_RISK = 23,    /* where the risk of a cure stands, the same, counted from the right end */
    PAGE_LEAST = 40,   /* columns of a page, at least */
    PAGE_WIDTH = 120   /* of a log; a line with a blank before this column is not longer */
};

enum tone { TONE_PLAIN = 0, TONE_HEADLINE, TONE_REASON, TONE_KEY, TONE_COUNT };

struct page {
    struct text *text;
    bool color;
    size_t width; /* columns; PAGE_WIDTH but for a terminal */
    size_t line;  /* where in text the words of the current line begin */
};

/* Switches to TONE if the page has colour. */
void page_tone(struct page *page, enum tone tone);

/* Begins the line KEY. */
void page_begin(struct page *page, const char *key);

/* The column of the current line, which must not have been broken yet. */
size_t page_column(const struct page *page);

/* Adds blanks up to COLUMN, two at least. */
void page_pad(struct page *page, size_t column);

/* Goes on in the next line, under the words of this one. */
void page_break(struct page *page);

/* Breaks the current line where it is too long; the rest is the current line then. */
void page_fold(struct page *page);

/* The same, and ends it. */
void page_end(struct page *page);

/* Breaks the headline that begins at byte START at the blanks at byte JOINT, if it has more bytes
 * than the page columns, not counting its tones. */
void page_split(struct page *page, size_t start, size_t joint);

/* Ends TEXT, which may have been cut, with "...\n" in its last bytes: no half character or escape
 * sequence is left. START is the first byte that may be changed. */
void page_mark_cut(struct text *text, size_t start);

#endif

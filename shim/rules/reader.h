/* A text that is being read from left to right, and the complaint when it can't be: the column and
 * what was expected there. Used by the policy's parser and by the settings. Pure; no heap.
 */
#ifndef REUSESHIM_RULES_READER_H
#define REUSESHIM_RULES_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { READER_EXPECTED_MAX = 160 }; /* bytes, with the NUL */

/* Where and why a text could not be understood. */
struct reader_error {
    size_t column;                      /* bytes from the start of the text, the first is 1 */
    char expected[READER_EXPECTED_MAX]; /* "a port from 1 to 65535" */
};

struct reader {
    const char *text;
    size_t length; /* bytes of text */
    size_t at;     /* bytes already read */
    struct reader_error *error;
};

/* A run of letters and digits inside the reader's text; length 0 = there is none. */
struct word {
    const char *start;
    size_t length;
};

struct reader reader_of(const char *text, size_t length, struct reader_error *error);

/* A blank, a tab or a line end. */
bool reader_is_blank(char c);

/* Passes over such. */
void reader_skip_blanks(struct reader *reader);

/* True if nothing is left. True if C comes next. Neither passes over anything. */
bool reader_at_end(const struct reader *reader);
bool reader_next_is(const struct reader *reader, char c);

/* Passes over blanks and, if it comes next, over C. Returns whether it did come next. */
bool reader_accept(struct reader *reader, char c);

/* Passes over blanks and over the word that follows. */
struct word reader_word(struct reader *reader);

bool word_is(struct word word, const char *name);

/* Reads decimal digits; a number too large for anything here is READER_NUMBER_MAX. Returns false
 * if there is no digit. */
bool reader_number(struct reader *reader, uint64_t *number);

enum { READER_NUMBER_MAX = 1000 * 1000 * 1000 };

/* Complains about what stands at byte AT: FORMAT (of text_format) says what was expected, in words
 * that follow 'expected'. Always returns false, for the caller to return. */
bool reader_expected(struct reader *reader, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum { READER_WINDOW = 72 }; /* bytes of a text that are shown around a column */

/* The part of TEXT around byte AT that is shown: from START to the end returned, whole characters
 * where that can be. */
size_t reader_window(const char *text, size_t at, size_t *start);

#endif

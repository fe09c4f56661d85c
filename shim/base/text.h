/* A bounded text builder: no allocation, no stdio, no locale, no lock; async-signal-safe.
 *
 * What does not fit is cut off and 'cut' is set; the text is always ended with a NUL byte. The
 * buffer belongs to the caller and must outlive the builder.
 */
#ifndef REUSESHIM_BASE_TEXT_H
#define REUSESHIM_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    char *start;
    size_t used; /* bytes, without the NUL */
    size_t size; /* bytes, with the NUL; at least 1 */
    bool cut;
};

/* An empty text in BUFFER of SIZE bytes (at least 1). */
struct text text_in(char *buffer, size_t size);

void text_char(struct text *text, char c);
void text_add(struct text *text, const char *string);
void text_bytes(struct text *text, const char *bytes, size_t count);
void text_number(struct text *text, int64_t number);
void text_unsigned(struct text *text, uint64_t number);

/* Lower-case hexadecimal, at least DIGITS digits (0 to 16), no prefix. */
void text_hex(struct text *text, uint64_t number, unsigned int digits);

/* NUMBER in at least WIDTH decimal digits, with leading zeros. */
void text_padded(struct text *text, uint64_t number, unsigned int width);

/* A string from outside (a name, a path), as people may safely read it on a terminal: printable
 * ASCII and well-formed UTF-8 pass, every other byte is written as \xNN. At most LIMIT bytes are
 * added; '...' marks what was left out. */
void text_shown(struct text *text, const char *bytes, size_t count, size_t limit);

/* The length (1 to 4) of the well-formed UTF-8 character at the start of COUNT (at least 1) BYTES,
 * or 0 if there is none: bad lead or continuation byte, overlong form, surrogate, beyond
 * U+10FFFF. */
size_t text_utf8_length(const char *bytes, size_t count);

/* Blanks up to column COLUMN of the current line (0-based); none if it is there already. */
void text_column(struct text *text, size_t column);

/* Adds parts, each a const char *, up to a NULL. */
void text_join(struct text *text, ...);

/* Adds FORMAT with its values in it: a sentence stands in one line of code, where a reader can find
 * it. A part of printf's language, so that the compiler checks the values:
 *   %s          a string of ours; NULL is "?"
 *   %-s %-40s   a string from outside, as text_shown() has it, in at most 40 bytes
 *   %d %u %x    numbers, also with l, ll and z
 *   %c %%       one byte, and a percent sign */
void text_format(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_vformat(struct text *text, const char *format, va_list values)
    __attribute__((format(printf, 2, 0)));

/* Does STRING begin with START? */
bool text_begins_with(const char *string, const char *start);

/* Do COUNT BYTES end with ENDING? */
bool text_bytes_end_with(const char *bytes, size_t count, const char *ending);

/* The last part of PATH, behind its last slash. */
const char *text_base_name(const char *path);

/* Reads the decimal digits at AT: returns where they end, with their NUMBER (UINT64_MAX where it
 * is larger); or NULL if there are none. */
const char *text_read_number(const char *at, uint64_t *number);

/* The value of the hexadecimal digit C, in either case; a number above 15 if it is none. */
unsigned int text_digit(char c);

/* The decimal number at AT, blanks before it skipped; 0 if there is none. */
uint64_t text_number_at(const char *at);

/* Reads the NUMBER behind the first KEY in TEXT, blanks between them skipped. False if there is
 * none. */
bool text_number_after(const char *text, const char *key, uint64_t *number);

/* The bytes before the first NUL of BYTES, at most MOST: strnlen(), which is one name less for the
 * loader to look up. */
static inline size_t text_length(const char *bytes, size_t most)
{
    const char *end = memchr(bytes, '\0', most);

    return end != NULL ? (size_t)(end - bytes) : most;
}

/* The bytes of STRING before the first END, or all of them. */
static inline size_t text_length_before(const char *string, char end)
{
    const char *found = strchr(string, end);

    return found != NULL ? (size_t)(found - string) : strlen(string);
}

#endif

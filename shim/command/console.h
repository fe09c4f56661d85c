/* What the user reads: results on stdout, messages on stderr, colour on terminals only. */
#ifndef REUSESHIM_COMMAND_CONSOLE_H
#define REUSESHIM_COMMAND_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Prints "reuseshim: ", the message (a printf format) and a newline on stderr. */
void console_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* STRING, which comes from outside, fit for a terminal. It stays valid for the next few calls. */
const char *console_shown(const char *string);

/* True if what goes to descriptor FD is to be coloured: NO_COLOR and FORCE_COLOR decide, or else
 * whether a terminal reads it. */
bool console_color(int fd);

/* The width of the terminal on stdout, at least 40; 80 where there is none. */
size_t console_width(void);

/* How wide the terminal shows TEXT: a character a column, which is near enough. */
size_t console_columns(const char *text);

/* An empty text of SIZE bytes from the heap, never given back. Exits if there is no memory. */
struct text console_text(size_t size);

/* SIZE bytes from the heap, zero. Exits if there is no memory. */
void *console_memory(size_t size);

/* MEMORY of COUNT things of SIZE bytes, with room for one more: *ROOM grows by doubling. Exits if
 * there is no memory. */
void *console_grown(void *memory, size_t *room, size_t count, size_t size);

/* Breaks the line that begins at byte START of TEXT between its columns, where a terminal of WIDTH
 * columns would break it anywhere. */
void console_fold(struct text *text, size_t start, size_t width);

/* Writes TEXT to stdout and empties it. */
void console_print(struct text *text);

/* Prints name and version on stdout. */
void console_version(void);

/* CODE, or the exit code of a failure (with its message) if stdout could not be written. */
int console_finish(int code);

#endif

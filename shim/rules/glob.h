/* Shell-like patterns over bytes. Pure; no recursion; the time is at most the product of the two
 * lengths, and linear for a pattern with one star.
 */
#ifndef REUSESHIM_RULES_GLOB_H
#define REUSESHIM_RULES_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* True if all TEXT_LENGTH bytes of TEXT match all PATTERN_LENGTH bytes of PATTERN: '*' is any
 * number of bytes (also '/' and NUL), '?' is one byte, every other byte is itself. */
bool glob_matches(const char *pattern, size_t pattern_length, const char *text, size_t text_length);

#endif

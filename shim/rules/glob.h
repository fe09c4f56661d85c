/* Shell-like patterns over bytes. Pure; linear in time for each star. */
#ifndef REUSESHIM_RULES_GLOB_H
#define REUSESHIM_RULES_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* True if all TEXT_LENGTH bytes of TEXT match all PATTERN_LENGTH bytes of PATTERN: '*' is any
 * number of bytes (also '/'), '?' is one byte, every other byte is itself. */
bool glob_matches(const char *pattern, size_t pattern_length, const char *text, size_t text_length);

#endif

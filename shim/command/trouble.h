/* A setting that can't be understood, told before anything starts. */
#ifndef REUSESHIM_COMMAND_TROUBLE_H
#define REUSESHIM_COMMAND_TROUBLE_H

#include "rules/settings.h"

/* Prints one line on stderr: where TEXT came from (SOURCE: "--policy", "REUSESHIM_POLICY"), the
 * column and what was expected there. */
void trouble_line(const char *source, const char *text, const struct reader_error *error);

/* The same, and below it TEXT with a caret under the column. */
void trouble_caret(const char *source, const char *text, const struct reader_error *error);

#endif

/* Names and sentences for errno. strerror is neither async-signal-safe nor free of the locale, and
 * strerrorname_np is young; this table has what the calls and looks of this project can give. Pure.
 */
#ifndef REUSESHIM_REPORT_ERRORS_H
#define REUSESHIM_REPORT_ERRORS_H

#include "base/text.h"

/* "EADDRINUSE", or NULL for a number that is not in the table. ERROR is positive. */
const char *error_name(int error);

/* "Address already in use": the C library's words in English. NULL as above. */
const char *error_sentence(int error);

/* Adds the name, or "errno 133". */
void error_print_name(struct text *text, int error);

/* Adds the sentence, or "errno 133". */
void error_print_sentence(struct text *text, int error);

#endif

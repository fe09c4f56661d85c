/* Why a bind() would fail although no socket is in the way: a right, an address, a folder. */
#ifndef REUSESHIM_COMMAND_BIND_ERROR_H
#define REUSESHIM_COMMAND_BIND_ERROR_H

#include "rules/evidence.h"

/* The errno that the bind() of ATTEMPT would give for another reason than EADDRINUSE, as far as it
 * can be known without making it; 0 if there is none. Not for TCP: there a bind() is tried. */
int bind_error_find(const struct attempt *attempt);

/* May it go away without anybody's changing a right or what was typed: an address that is not there
 * yet, a folder? */
bool bind_error_may_pass(int error);

/* Adds a line that tells what helps against ERROR; nothing where that is not known. */
void bind_error_print_help(struct text *text, const struct attempt *attempt, int error);

#endif

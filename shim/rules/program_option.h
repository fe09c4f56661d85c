/* How a program or a runtime is told to set SO_REUSEADDR itself: docs/programs.md, as a table.
 * Pure. */
#ifndef REUSESHIM_RULES_PROGRAM_OPTION_H
#define REUSESHIM_RULES_PROGRAM_OPTION_H

#include "rules/evidence.h"

/* The option of the program that made ATTEMPT, known by its file, its arguments or a library in the
 * stack of the call; NULL = none is known. */
const char *program_option(const struct attempt *attempt);

#endif

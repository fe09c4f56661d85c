/* reuseshim explain PROGRAM: how it is told to set SO_REUSEADDR. */
#ifndef REUSESHIM_COMMAND_EXPLAIN_PROGRAM_H
#define REUSESHIM_COMMAND_EXPLAIN_PROGRAM_H

#include <stdbool.h>

/* Prints the rows of docs/programs.md that name TYPED, or all for "programs"; false if none. */
bool explain_program(const char *typed, bool json);

#endif

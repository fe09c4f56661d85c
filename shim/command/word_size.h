/* A program of another word size than this command, and the library for it. */
#ifndef REUSESHIM_COMMAND_WORD_SIZE_H
#define REUSESHIM_COMMAND_WORD_SIZE_H

#include <limits.h>
#include <stdbool.h>

#include "command/program.h"

/* If the word size is all that keeps PROGRAM from being seen, and a library for it is installed:
 * takes that obstacle away, and puts into LIBRARY what LD_PRELOAD has to name. If there is a name
 * by which programs of both word sizes find theirs, it is that: such a program may start others.
 * The program's own loader is asked, and this command's; the program is not started. */
void word_size_solve(struct program *program, char library[PATH_MAX]);

#endif

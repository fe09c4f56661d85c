/* docs/reasons.md and docs/programs.md, built in: the Makefile turns each of their lines into a
 * string. */
#ifndef REUSESHIM_COMMAND_REASONS_TEXT_H
#define REUSESHIM_COMMAND_REASONS_TEXT_H

/* The lines without their newlines; NULL ends them. */
extern const char *const reasons_text[];
extern const char *const programs_text[];

#endif

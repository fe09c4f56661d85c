/* What a command line runs: an interpreter's script, module or main class is the program that
 * people mean; and how it is shown, without its secrets. Pure: no I/O, no globals, no heap.
 *
 * ARGS are LENGTH bytes of arguments, each ended by a NUL, as /proc/PID/cmdline gives them; the
 * last may be cut off.
 */
#ifndef REUSESHIM_RULES_PROGRAM_H
#define REUSESHIM_RULES_PROGRAM_H

#include "base/text.h"
#include "rules/answer.h"
#include "rules/identity.h"

/* Is PATH (of an executable file, or a name alone) an interpreter of programs? */
bool program_is_interpreter(const char *path);

/* Is PATH a shell? */
bool program_is_shell(const char *path);

/* Adds the script, module, main class or archive that the interpreter PATH runs by ARGS; false,
 * and nothing is added, if it is no interpreter, or runs code from an option or from its input. */
bool program_add(struct text *text, const char *path, const char *args, size_t length);

/* The code that a shell runs by ARGS (sh -c CODE), NULL if it runs none so. */
const char *program_shell_code(const char *args, size_t length);

/* Adds ARGS for people: divided by blanks, what stands behind a word such as password, token,
 * secret or key masked. False if something was masked. Bytes are added as they are. */
bool program_add_args(struct text *text, const char *args, size_t length);

/* Adds ARGS as a shell takes them; false if they should not be pasted: there is a secret, a
 * control character, or no room. */
bool program_add_command(struct text *text, const char *args, size_t length);

/* Adds one WORD as a shell takes it: in quotes where it needs them. */
void program_add_word(struct text *text, const char *word, size_t length);

/* The argument after AT (NULL: the first), NULL behind the last. */
const char *program_next(const char *args, size_t length, const char *at);

/* Do two processes of one executable file EXE run the same program, in people's sense? */
enum answer program_same(const char *exe, const struct identity *one, const struct identity *other);

#endif

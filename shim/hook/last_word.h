/* The last word: where a program ends by exit() with a failure soon after an explained bind or
 * listen, one line says again what failed, who has the address and what helps. So it stands behind
 * the stack that a runtime prints, where a reader looks.
 *
 * Only on standard error and as text; another log has it already. After _exit() or a signal there
 * is no last word.
 */
#ifndef REUSESHIM_HOOK_LAST_WORD_H
#define REUSESHIM_HOOK_LAST_WORD_H

#include <stdatomic.h>

#include "rules/verdict.h"

/* Has the C library tell us of exit(). It may take its lock, and with many handlers the heap: to be
 * called where dlopen may be, by one thread outside of signal handlers. */
void last_word_watch(void);

/* Keeps the line for this failure of this process, which has just been explained. */
void last_word_keep(const struct evidence *evidence, const struct verdict *verdict);

/* A line for a helper's words, which it shares with the process that it tells for; NULL if no last
 * word is wanted or there is no memory. Of the same memory: the helper writes what it has kept, and
 * then that process, whose pid is PID, keeps it about LOCAL and gives the memory back. */
char *last_word_share(void);
void last_word_hand_over(char *shared);
void last_word_adopt(char *shared, const struct endpoint *local, int32_t pid);

/* The process has got LOCAL, or its port, after all: the line is forgotten if it is about that. */
void last_word_forget(const struct endpoint *local);

/* Whether a line is kept: the only question while nothing has failed. */
extern __attribute__((visibility("hidden"))) _Atomic bool last_word_is_kept;

#endif

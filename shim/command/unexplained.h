/* Listeners of a running process that no history knows: the library did not see their bind. */
#ifndef REUSESHIM_COMMAND_UNEXPLAINED_H
#define REUSESHIM_COMMAND_UNEXPLAINED_H

#include "base/text.h"
#include "rules/evidence.h"

/* Adds what PID listens on and no bind of the histories in FOLDER explains, as "tcp 0.0.0.0:80,
 * unix /run/x", to TEXT. Returns YES if there is any, NO if each is explained, UNKNOWN if that
 * cannot be told: another network namespace, a folder or a process that can't be looked into. */
enum answer unexplained_listeners(struct text *text, int32_t pid, const char *folder);

#endif

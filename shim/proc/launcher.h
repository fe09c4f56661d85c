/* Whether a parent is there for its child alone, and may start that again when it ends: what a
 * supervisor that nobody knows by name looks like. No heap, no lock; errno is not kept.
 */
#ifndef REUSESHIM_PROC_LAUNCHER_H
#define REUSESHIM_PROC_LAUNCHER_H

#include "proc/known.h"
#include "rules/answer.h"

/* May process PARENT be one that starts CHILD, its only child, again? YES where it does nothing but
 * wait for a child (a thread is in wait4(2) or waitid(2)), or has had one before that ended. NO
 * where CHILD is not its only one, where it is a shell, or a runner of one command (npm, sudo,
 * timeout), or another user's. What cannot be seen counts as NO. */
enum answer launcher_may_restart(struct known *known, int32_t parent, int32_t child);

/* The one of COUNT processes PIDS that has started all others, and goes on to, unless that is known
 * (GOES_ON): it is a shell, or a child is younger. 0 = none. */
int32_t launcher_among(struct known *known, const int32_t *pids, size_t count, bool goes_on);

/* Does a process called COMM run one command, and end with it? */
bool launcher_is_runner(const char *comm);

#endif

/* What the parts of hook/calls.h share; for calls*.c only. */
#ifndef REUSESHIM_HOOK_CALLS_PARTS_H
#define REUSESHIM_HOOK_CALLS_PARTS_H

#include "base/rare.h"
#include "hook/calls.h"
#include "hook/explain.h"

/* Copies the program's sockaddr to LOCAL: after the kernel has ACCEPTED it, or where it can be
 * read. Its family is FAMILY_NONE if that was not possible. */
void calls_read_address(const struct sockaddr *address, socklen_t length, bool accepted,
                        struct endpoint *local);

/* FD was bound to LOCAL, with TRACE. */
void calls_remember(const struct endpoint *local, int fd, const struct trace *trace);

/* After the kernel's answer, inside of the guard: remembers what MADE has changed, and tells what
 * is to be told. LOGS: a rule asks for a record. REPEAT: that of explain_wants(), or NULL if
 * nothing is wanted. */
void calls_conclude(struct made *made, bool logs, const struct repeat *repeat);

/* The same from outside of the guard, with the kernel's RESULT; returns it, and leaves errno. */
int calls_finish(struct made *made, int result, bool logs);

/* Makes the call under the first rule that matches. */
RARE int calls_make_under_policy(struct made *made);

#endif

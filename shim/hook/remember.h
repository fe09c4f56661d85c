/* Remembers binds beyond the end of the process: opens the history when the first bind comes, and
 * learns where the code lies that binds. After that, system calls are made only when a bind comes
 * from code that has not been met before. errno is not kept.
 */
#ifndef REUSESHIM_HOOK_REMEMBER_H
#define REUSESHIM_HOOK_REMEMBER_H

#include "memory/trace.h"
#include "rules/endpoint.h"

/* FD, a socket of PROTOCOL, was bound to LOCAL by the code at TRACE; descriptor_bind() has been
 * called. */
void remember_bind(enum protocol protocol, const struct endpoint *local, int fd,
                   const struct trace *trace);

#endif

/* Remembers binds beyond the end of the process: opens the history when the first bind comes, and
 * learns where the code lies that binds. A system call is made for the first bind of each place in
 * the code, to know the socket for certain; after a seccomp filter of the program's own, none is.
 * errno is not kept.
 */
#ifndef REUSESHIM_HOOK_REMEMBER_H
#define REUSESHIM_HOOK_REMEMBER_H

#include "unwind/trace.h"
#include "rules/endpoint.h"

/* The program is about to put itself under a filter: what takes system calls is done now. */
void remember_before_filter(void);

/* To be called when the process ends by exit(). */
void remember_end(void);

/* FD, a socket of PROTOCOL, was bound to LOCAL by the code at TRACE; descriptor_bind() has been
 * called. */
void remember_bind(enum protocol protocol, const struct endpoint *local, int fd,
                   const struct trace *trace);

#endif

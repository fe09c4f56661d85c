/* What the socket of a failed call is: asked from the kernel, through its own descriptor. No heap,
 * no lock; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_NEWCOMER_H
#define REUSESHIM_FACTS_NEWCOMER_H

#include "rules/evidence.h"

/* Domain, type and protocol of the socket FD. Returns 0 or -errno (no socket, bad descriptor). */
int newcomer_kind(int fd, int *domain, int *type, enum protocol *protocol);

/* Fills ATTEMPT's socket (of its local address only what no sockaddr has), domain, type, cookie and
 * reuseaddr_by for the descriptor ATTEMPT->fd. Returns 0 or -errno. */
int newcomer_describe(struct attempt *attempt);

/* The address that FD is bound to. FAMILY_NONE if it is none or cannot be told. */
struct endpoint newcomer_local(int fd);

/* SO_COOKIE of FD, 0 if it cannot be told. */
uint64_t newcomer_cookie(int fd);

/* Does FD's socket hold its port by an inner TCP socket, which has no descriptor: AF_SMC? */
bool newcomer_is_wrapper(int fd);

/* Is FD's socket in another network namespace than this thread? A program may have moved since it
 * opened it, or have got it from elsewhere: the sockets that this thread can list are none of its
 * neighbours then. False where the kernel does not tell (before Linux 5.14). */
bool newcomer_is_elsewhere(int fd);

#endif

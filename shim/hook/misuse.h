/* Misuse: a program's own calls that cannot have the effect that it wants. Told once each, with the
 * stack, and only where it costs the program something. What the hooks have seen is a suspicion;
 * the kernel is asked before anything is said. errno is not kept.
 */
#ifndef REUSESHIM_HOOK_MISUSE_H
#define REUSESHIM_HOOK_MISUSE_H

#include "hook/explain.h"
#include "hook/say.h"

/* setsockopt(FD, LEVEL, OPTION, VALUE of LENGTH bytes) gave RESULT and ERROR: a suspicion of
 * wrong-level or wrong-length is noted, with the stack of now. */
void misuse_note_option(int fd, int level, int option, const void *value, unsigned int length,
                        int result, int error);

/* SO_REUSEADDR was set to 1 on FD, which has been bound without it: set-after-bind. Told under
 * LOG: of a datagram socket, datagram-reuse. */
void misuse_check_late(int fd);
void misuse_check_datagram(int fd);

/* True if a listen on FD that works calls for misuse_check_made(). */
bool misuse_expects_listen(int fd);

/* After bind or listen on MADE's descriptor: tells the noted suspicions if SO_REUSEADDR is off.
 * After a listen that worked though the bind before it failed: ignored-failure. */
void misuse_check_made(const struct made *made);

/* MADE failed since it lacks SO_REUSEADDR: has the program set it on another, unbound socket? */
void misuse_look_elsewhere(const struct made *made, enum protocol protocol, struct room *room);

#endif

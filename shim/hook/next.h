/* The functions that we stand in front of, and other names that the C library may lack or that
 * ISO C does not have.
 *
 * Until next_find() has run, and where it finds nothing, the calls go to the kernel directly. They
 * behave as the C library's: errno, and no other effect.
 */
#ifndef REUSESHIM_HOOK_NEXT_H
#define REUSESHIM_HOOK_NEXT_H

#include <signal.h>
#include <sys/socket.h>

#include "base/rare.h"

/* Looks the next definitions up. Once, from the constructor: dlsym may lock and allocate. */
void next_find(void);

/* The same for sigaltstack(), which few programs call. */
void next_find_sigaltstack(void);

int next_sigaltstack(const stack_t *stack, stack_t *before);

/* on_exit(), where the C library has it; looked up here, since few programs come to need it. As
 * next_find(), for the caller. */
void next_on_exit(void (*function)(int status, void *argument));

/* Written by next_find() alone, before any thread of the program exists. */
extern OURS struct next_calls {
    int (*socket)(int, int, int);
    int (*setsockopt)(int, int, int, const void *, socklen_t);
    int (*bind)(int, const struct sockaddr *, socklen_t);
    int (*listen)(int, int);
} next_calls;

HOT int next_socket(int domain, int type, int protocol)
{
    return next_calls.socket(domain, type, protocol);
}

HOT int next_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    return next_calls.setsockopt(fd, level, option, value, length);
}

HOT int next_bind(int fd, const struct sockaddr *address, socklen_t length)
{
    return next_calls.bind(fd, address, length);
}

HOT int next_listen(int fd, int backlog)
{
    return next_calls.listen(fd, backlog);
}

/* secure_getenv: NULL in a set-user-ID program. */
const char *next_environment(const char *name);

/* The program's name without folders. */
const char *next_program_name(void);

/* The number of the thread, as the C library has it: in a child that uses its parent's memory
 * (vfork, clone), that of the parent. 0 where it does not tell. No system call. */
int next_thread_number(void);

/* True while the process has had one thread only (false where the C library cannot tell). */
int next_single_threaded(void);

#endif

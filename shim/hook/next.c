#define _GNU_SOURCE /* RTLD_NEXT, secure_getenv, program_invocation_short_name */

#include "base/rare.h"
#include "hook/next.h"

#include <dlfcn.h>
#include <pthread.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char __libc_single_threaded __attribute__((weak)); /* glibc 2.32 */

static int kernel_socket(int domain, int type, int protocol)
{
    return (int)syscall(SYS_socket, domain, type, protocol);
}

static int kernel_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    return (int)syscall(SYS_setsockopt, fd, level, option, value, length);
}

static int kernel_bind(int fd, const struct sockaddr *address, socklen_t length)
{
    return (int)syscall(SYS_bind, fd, address, length);
}

static int kernel_listen(int fd, int backlog)
{
    return (int)syscall(SYS_listen, fd, backlog);
}

UNWATCHED static int kernel_sigaltstack(const stack_t *stack, stack_t *before)
{
    return (int)syscall(SYS_sigaltstack, stack, before);
}

struct next_calls next_calls = {kernel_socket, kernel_setsockopt, kernel_bind, kernel_listen};

/* Written by next_find_sigaltstack() alone. */
static int (*sigaltstack_next)(const stack_t *, stack_t *) = kernel_sigaltstack;

/* POSIX lets an object pointer of dlsym be a function; ISO C wants the bytes copied. */
static void find(const char *name, void *function, size_t size)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (found != NULL)
        memcpy(function, &found, size);
}

/* The names stand side by side: among all texts of the library, each might cost a start a page. */
void next_find(void)
{
    static const char names[][11] = {"socket", "setsockopt", "bind", "listen"};

    find(names[0], &next_calls.socket, sizeof next_calls.socket);
    find(names[1], &next_calls.setsockopt, sizeof next_calls.setsockopt);
    find(names[2], &next_calls.bind, sizeof next_calls.bind);
    find(names[3], &next_calls.listen, sizeof next_calls.listen);
}

void next_on_exit(void (*function)(int status, void *argument))
{
#ifdef __GLIBC__ /* else the C library has none, and the program would get an error of dlsym's */
    int (*on_exit_next)(void (*)(int, void *), void *) = NULL;

    find("on_exit", &on_exit_next, sizeof on_exit_next);
    if (on_exit_next != NULL)
        on_exit_next(function, NULL);
#else
    (void)function;
#endif
}

void next_find_sigaltstack(void)
{
    find("sigaltstack", &sigaltstack_next, sizeof sigaltstack_next);
}

UNWATCHED int next_sigaltstack(const stack_t *stack, stack_t *before)
{
    return sigaltstack_next(stack, before);
}

const char *next_environment(const char *name)
{
    return secure_getenv(name);
}

const char *next_program_name(void)
{
    return program_invocation_short_name;
}

int next_single_threaded(void)
{
    return &__libc_single_threaded != NULL && __libc_single_threaded;
}

/* It is told in a mutex, of a kind that is never elided. */
int next_thread_number(void)
{
    int number = 0;
#ifdef __GLIBC__
    pthread_mutex_t mutex = {.__data = {.__kind = PTHREAD_MUTEX_ERRORCHECK}};

    if (pthread_mutex_lock(&mutex) == 0) {
        number = mutex.__data.__owner;
        pthread_mutex_unlock(&mutex);
    }
#endif
    return number;
}

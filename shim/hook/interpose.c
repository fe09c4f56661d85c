/* The exported functions: what programs call instead of the C library's. */
#include <signal.h>
#include <sys/socket.h>

#include "base/rare.h"
#include "hook/calls.h"
#include "hook/next.h"
#include "hook/setup.h"
#include "unwind/stack.h"

#define EXPORTED __attribute__((visibility("default")))

/* The place in the program's code. */
#define CALLER ((uintptr_t)__builtin_return_address(0))

HOT int is_at_work(void)
{
    enum mode mode = setup_mode();

    return mode == MODE_PLAIN || mode == MODE_POLICY;
}

EXPORTED int socket(int domain, int type, int protocol)
{
    return is_at_work() ? calls_socket(domain, type, protocol)
                        : next_socket(domain, type, protocol);
}

EXPORTED int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    return calls_option_matters(level, option) && is_at_work()
               ? calls_setsockopt(fd, level, option, value, length)
               : next_setsockopt(fd, level, option, value, length);
}

EXPORTED int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    return is_at_work() ? calls_bind(fd, address, length, CALLER)
                        : next_bind(fd, address, length);
}

EXPORTED int listen(int fd, int backlog)
{
    return is_at_work() ? calls_listen(fd, backlog, CALLER) : next_listen(fd, backlog);
}

/* Changes nothing: where the stack lies is noted, so that what is done on it fits. */
UNWATCHED EXPORTED int sigaltstack(const stack_t *stack, stack_t *before)
{
    int result = next_sigaltstack(stack, before);

    if (result == 0 && stack != NULL)
        stack_note_alternate((uintptr_t)stack->ss_sp,
                             stack->ss_flags & SS_DISABLE ? 0 : stack->ss_size);
    return result;
}

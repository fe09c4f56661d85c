/* The exported functions: what programs call instead of the C library's. */
#include <sys/socket.h>

#include "hook/calls.h"
#include "hook/next.h"
#include "hook/setup.h"

#define EXPORTED __attribute__((visibility("default")))

/* The place in the program's code. */
#define CALLER ((uintptr_t)__builtin_return_address(0))

static int is_at_work(void)
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

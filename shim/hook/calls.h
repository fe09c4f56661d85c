/* What happens around each call of the program, in order: decide, the kernel, remember, tell.
 *
 * Each makes exactly one call to the next function with the program's own arguments (bind and
 * listen: one more for each time that the policy tries again), returns its result, and leaves
 * errno as that call left it. PLACE is where the call returns to.
 */
#ifndef REUSESHIM_HOOK_CALLS_H
#define REUSESHIM_HOOK_CALLS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/rare.h"
#include "rules/endpoint.h"

/* Not inlined: what goes straight through would pay for the registers that these need. */
#define CALLS_APART __attribute__((noinline))
CALLS_APART int calls_socket(int domain, int type, int protocol);
CALLS_APART int calls_setsockopt(int fd, int level, int option, const void *value,
                                socklen_t length);
CALLS_APART int calls_bind(int fd, const struct sockaddr *address, socklen_t length,
                           uintptr_t place);
CALLS_APART int calls_listen(int fd, int backlog, uintptr_t place);

/* Is setsockopt of OPTION at LEVEL of interest? SO_REUSEADDR is at every level, where it would be a
 * mistake. */
HOT bool calls_option_matters(int level, int option)
{
    return option == SO_REUSEADDR || (option == SO_REUSEPORT && level == SOL_SOCKET) ||
           (option == IPV6_V6ONLY && level == IPPROTO_IPV6);
}

/* Under rules: is a call on a socket of PROTOCOL and DOMAIN told of, as far as can be said before
 * its address is known? */
bool calls_log_unbound(enum protocol protocol, int domain);

#endif

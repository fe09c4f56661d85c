/* What happens around each call of the program, in order: decide, the kernel, remember, tell.
 *
 * Each makes exactly one call to the next function with the program's own arguments (bind and
 * listen: one more for each time that the policy tries again), returns its result, and leaves
 * errno as that call left it.
 */
#ifndef REUSESHIM_HOOK_CALLS_H
#define REUSESHIM_HOOK_CALLS_H

#include <sys/socket.h>

int calls_socket(int domain, int type, int protocol);
int calls_setsockopt(int fd, int level, int option, const void *value, socklen_t length);
int calls_bind(int fd, const struct sockaddr *address, socklen_t length);
int calls_listen(int fd, int backlog);

#endif

/* why --connect: is a local port left for a connection to an address? connect() is not among the
 * calls that the library sees: without a port it fails with EADDRNOTAVAIL, never with EADDRINUSE.
 */
#ifndef REUSESHIM_COMMAND_CONNECT_H
#define REUSESHIM_COMMAND_CONNECT_H

#include <stdbool.h>

#include "command/where.h"

/* Asks the kernel for each address of WHERE (TCP, with a port), by a connect() that sends nothing
 * (tests/kernel/deferred_connect_takes_a_port_and_sends_nothing.c), counts who has the ports, and
 * prints both. Returns EXIT_FREE: a port is left, EXIT_FREES_ITSELF: one comes free by a timer,
 * EXIT_HELD: none does, or EXIT_CANNOT_SEE: the kernel cannot be asked, or connect() fails for
 * another reason. */
int connect_tell(const struct where *where, bool json);

#endif

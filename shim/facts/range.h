/* The ports that the kernel gives by itself, and why port 0 found none. No heap, no lock; errno is
 * not kept. */
#ifndef REUSESHIM_FACTS_RANGE_H
#define REUSESHIM_FACTS_RANGE_H

#include "base/scratch.h"
#include "rules/evidence.h"

/* Fills the range of EVIDENCE for its attempt: net.ipv4.ip_local_port_range, narrowed by the
 * socket's own IP_LOCAL_PORT_RANGE (Linux 6.3), what ip_local_reserved_ports takes out of it, and
 * how many ports of it a socket that meets the attempt has. */
void range_look(struct evidence *evidence, struct scratch *scratch);

/* If a holder of EVIDENCE is an outgoing connection: fills in first and last of
 * net.ipv4.ip_local_port_range, out of which such a connection may have its port. */
void range_of_outgoing(struct evidence *evidence);

#endif

/* Why port 0 found no port: the range, and what fills it. No heap, no lock; errno is not kept. */
#ifndef REUSESHIM_FACTS_RANGE_H
#define REUSESHIM_FACTS_RANGE_H

#include "base/scratch.h"
#include "rules/evidence.h"

/* Fills the range of EVIDENCE for its attempt: the socket's own IP_LOCAL_PORT_RANGE (Linux 6.3) or
 * net.ipv4.ip_local_port_range, what ip_local_reserved_ports takes out of it, and how many ports of
 * it a socket that meets the attempt has. */
void range_look(struct evidence *evidence, struct scratch *scratch);

/* Reads a list like "1000-1999,8080" (net.ipv4.ip_local_reserved_ports) of LENGTH bytes; returns
 * how many ports of FIRST to LAST are in it. Pure. */
uint32_t range_reserved(const char *list, size_t length, uint16_t first, uint16_t last);

#endif

/* The ports that the kernel gives by itself, as /proc/sys/net/ipv4 tells. No heap, no lock;
 * async-signal-safe; errno is not kept. */
#ifndef REUSESHIM_PROC_PORTS_H
#define REUSESHIM_PROC_PORTS_H

#include <stddef.h>

#include "rules/evidence.h"

/* Fills first and last of RANGE from net.ipv4.ip_local_port_range; leaves them if it cannot be
 * read. */
void range_read(struct range *range);

/* The first port that takes no right: net.ipv4.ip_unprivileged_port_start, 1024 if that cannot be
 * read. */
uint32_t range_free_from(void);

/* May PORT (host order) be an outgoing connection's? True also if the kernel does not tell. */
bool range_may_give(uint16_t port);

/* Narrows RANGE by OWN, an IP_LOCAL_PORT_RANGE: the first port, and the last << 16; 0 = no such
 * end. Pure. Source: inet_sk_get_local_port_range, net/ipv4/inet_connection_sock.c. */
void range_narrow(struct range *range, uint32_t own);

/* Reads a list like "1000-1999,8080" (net.ipv4.ip_local_reserved_ports) of LENGTH bytes; returns
 * how many ports of FIRST to LAST are in it. Pure. */
uint32_t range_reserved(const char *list, size_t length, uint16_t first, uint16_t last);

#endif

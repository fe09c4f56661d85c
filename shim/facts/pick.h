/* A port that a bind would get now, by asking the kernel: for both families and all addresses at
 * once, as the asking user. No heap, no lock; errno is not kept; leaves no descriptor open. */
#ifndef REUSESHIM_FACTS_PICK_H
#define REUSESHIM_FACTS_PICK_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/endpoint.h"

enum { PICK_TRIES = 64 }; /* of an explanation, which is not to last */

/* Another port than PORT that is free: the next higher one outside of the automatic range
 * (net.ipv4.ip_local_port_range), where an outgoing connection cannot take it, else the nearest
 * lower one. 0 = none among TRIES in each direction. */
uint16_t pick_beside(enum protocol protocol, uint16_t port, uint32_t tries);

/* The first free port from FIRST to LAST; 0 = there is none. */
uint16_t pick_between(enum protocol protocol, uint16_t first, uint16_t last);

#endif

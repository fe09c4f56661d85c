/* The parts of a probe. Inside facts/ only. */
#ifndef REUSESHIM_FACTS_PROBE_PARTS_H
#define REUSESHIM_FACTS_PROBE_PARTS_H

#include "rules/evidence.h"

/* May a probe be made for ATTEMPT, and is all known that it takes? */
bool probe_may(const struct attempt *attempt);

/* Gives the throwaway socket FD what decides about a conflict. Returns 0 or -errno. */
int probe_dress(int fd, const struct attempt *attempt, bool reuseaddr);

/* Binds FD to the device of ATTEMPT's socket, if that has one. Returns 0 or -errno. */
int probe_bind_device(int fd, const struct attempt *attempt);

#endif

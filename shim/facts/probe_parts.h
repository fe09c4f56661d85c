/* The parts of a probe. Inside facts/ only. */
#ifndef REUSESHIM_FACTS_PROBE_PARTS_H
#define REUSESHIM_FACTS_PROBE_PARTS_H

#include "rules/evidence.h"

/* May a probe be made for ATTEMPT, and is all known that it takes? */
bool probe_may(const struct attempt *attempt);

/* Binds a throwaway socket like ATTEMPT's, with these options, and of the user UID (UID_UNKNOWN:
 * the caller). Returns 0, -EADDRINUSE, or what kept the kernel from being asked. */
long probe_once(const struct attempt *attempt, bool reuseaddr, bool reuseport, int64_t uid);

/* What such an ERROR tells. */
enum answer probe_answer(long error);

/* Binds FD to the device of ATTEMPT's socket, if that has one. Returns 0 or -errno. */
int probe_bind_device(int fd, const struct attempt *attempt);

#endif

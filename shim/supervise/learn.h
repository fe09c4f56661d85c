/* What is known of a call before the kernel makes it: by a copy of the program's descriptor that is
 * closed at once. The policy's options are set then, too. */
#ifndef REUSESHIM_SUPERVISE_LEARN_H
#define REUSESHIM_SUPERVISE_LEARN_H

#include "supervise/flight.h"

/* Once, before the others. */
void learn_open(int listener, const struct settings *settings);

/* Is process PID one of those that the settings name? */
bool learn_is_meant(int32_t pid);

/* Fills FLIGHT's address, plan and cookie from its notice. False if there is nothing to be seen of
 * this call. */
bool learn(struct flight *flight);

/* After a call that failed: what had been left out, to be quick. */
void learn_rest(struct flight *flight);

#endif

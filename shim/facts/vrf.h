/* VRFs, which divide the ports of TCP: a socket that is bound to a VRF, or to a device in one, does
 * not meet those without a device (vrfs_are_separate_for_tcp of tests/kernel/). A device is looked
 * up only where one side has one. No heap, no lock; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_VRF_H
#define REUSESHIM_FACTS_VRF_H

#include "rules/conflict.h"

/* Does a VRF keep a socket like HELD out of WANT's way, on the same port? */
bool vrf_divides(const struct party *want, const struct party *held);

#endif

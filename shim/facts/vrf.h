/* VRFs, which divide the ports of TCP: a socket that is bound to a VRF, or to a device in one, does
 * not meet those without a device (vrfs_are_separate_for_tcp of tests/kernel/). A device is looked
 * up only where one side has one. No heap, no lock; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_VRF_H
#define REUSESHIM_FACTS_VRF_H

#include "rules/evidence.h"

/* Notes whether the socket of ATTEMPT is bound to a VRF. */
void vrf_of_newcomer(struct attempt *attempt);

/* Takes out of EVIDENCE's holders those that a VRF keeps apart from the attempt. */
void vrf_leave_out(struct evidence *evidence);

#endif

/* What keeps two TCP sockets apart on one port, beyond the rule of rules/conflict.h. No heap, no
 * lock; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_APART_H
#define REUSESHIM_FACTS_APART_H

#include "rules/conflict.h"

/* Is a socket like HELD not in WANT's way, although address and device say so?
 *   - A socket that is bound to a VRF, or to a device in one, does not meet those without a device
 *     (vrfs_are_separate_for_tcp of tests/kernel/). Netlink is asked where one side has a device.
 *   - Linux 6.1 does not see ::ffff:0.0.0.0 in the way of ::ffff:a.b.c.d (overlap_matrix). */
bool apart_from(const struct party *want, const struct party *held);

#endif

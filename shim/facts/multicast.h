/* Is a socket a member of a multicast group? No list of the kernel's tells; the socket itself says
 * so when it is asked for the groups that the interfaces of this network namespace have joined. No
 * heap, no lock; errno is not kept. Uses some 1.5 KiB of stack.
 *
 * Sources: /proc/net/igmp and igmp6 (net/ipv4/igmp.c, net/ipv6/mcast.c); MCAST_MSFILTER of ip(7),
 * which tells the sources of a membership, and EADDRNOTAVAIL where there is none.
 */
#ifndef REUSESHIM_FACTS_MULTICAST_H
#define REUSESHIM_FACTS_MULTICAST_H

#include "rules/answer.h"

/* Whether FD, of whatever family, is a member of a group. UNKNOWN where no list of groups can be
 * read, or there are too many. */
enum answer multicast_is_member(int fd);

#endif

/* Network devices, by rtnetlink, in the calling thread's network namespace. No heap, no lock,
 * async-signal-safe; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_LINK_H
#define REUSESHIM_FACTS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "facts/netlink.h"

struct ifinfomsg;

/* Asks about the device INDEX, whose VISITOR returns false, or about all of them (0). Visits
 * messages as link_read() takes them; none where the kernel gives no answer. */
void link_each(uint32_t index, const struct netlink_visitor *visitor);

/* LINK and what IFLA_LINKINFO has, in a message of LENGTH bytes. False if that tells of no device.
 * Pure. */
bool link_read(const void *message, size_t length, struct ifinfomsg *link,
               struct netlink_attributes *info);

/* The contents of the attribute of TYPE among ATTRIBUTES; next is NULL if there is none. Pure. */
struct netlink_attributes link_attribute(struct netlink_attributes attributes, unsigned int type);

/* Is the attribute of TYPE in INFO the string KIND? Pure. */
bool link_is_kind(struct netlink_attributes info, unsigned int type, const char *kind);

#endif

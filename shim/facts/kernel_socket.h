/* Sockets of the kernel's own: no process has a descriptor of them, and no list marks them. Some of
 * the kernel's parts tell on which port theirs is; nothing else proves it. No heap, no lock,
 * async-signal-safe; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_KERNEL_SOCKET_H
#define REUSESHIM_FACTS_KERNEL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/endpoint.h"

/* The part of the kernel that has PORT of PROTOCOL on a wildcard address in the calling thread's
 * network namespace: "nfsd" (/proc/fs/nfsd/portlist), "vxlan" or "geneve" (their network devices
 * that are up). NULL if none of these does. */
const char *kernel_socket_user(enum protocol protocol, uint16_t port);

/* Does one of the LENGTH bytes of TEXT's lines, "tcp 2049", name PORT of PROTOCOL? Pure. */
bool kernel_socket_in_portlist(const char *text, size_t length, enum protocol protocol,
                               uint16_t port);

/* The kind of the tunnel device with the UDP port PORT that a netlink message of LENGTH bytes
 * (RTM_NEWLINK) tells of, NULL if it tells of none that is up. Pure. */
const char *kernel_socket_in_link(const void *message, size_t length, uint16_t port);

#endif

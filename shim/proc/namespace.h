/* What a process number and a port belong to: this boot, and the namespaces. Reads /proc; no heap,
 * no lock; async-signal-safe; errno is not kept. */
#ifndef REUSESHIM_PROC_NAMESPACE_H
#define REUSESHIM_PROC_NAMESPACE_H

#include <stdint.h>

/* Fills BOOT with this boot's id, 36 characters and a NUL; "" if it is not told. */
void namespace_boot(char boot[40]);

/* The inode of this process's namespace KIND ("net", "pid"), 0 if it is not told. That of one that
 * is gone is soon another's. */
uint64_t namespace_inode(const char *kind);

/* What tells the network namespace of the socket FD from all others of this boot (Linux 5.14), 0 if
 * it is not told. */
uint64_t namespace_network_of(int fd);

/* The same of this process; an older kernel's inode, which is below NAMESPACE_NETWORK_UNIQUE, if
 * that is not told; or 0. Opens a socket for a moment. */
#define NAMESPACE_NETWORK_UNIQUE (UINT64_C(1) << 63)
uint64_t namespace_network(void);

#endif

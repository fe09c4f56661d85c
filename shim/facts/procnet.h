/* The same list from /proc/net/tcp, tcp6, udp, udp6, udplite, udplite6 and unix: slower, and
 * without bound-only TCP sockets, cookies or devices. The fallback where netlink is out of reach.
 * No heap, no lock, async-signal-safe; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_PROCNET_H
#define REUSESHIM_FACTS_PROCNET_H

#include "facts/sockdiag.h"

/* As sockdiag_each, for the calling thread's network namespace. 'bound_seen' is always false. */
struct diag_result procnet_each(const struct diag_query *query, const struct diag_visitor *visitor);

/* Reads one line (LENGTH bytes, no newline) of such a file as a row. Returns false if it is none,
 * or in SYN_RECV. FAMILY is that of the file: inet, inet6 or unix. An abstract unix name is shown
 * with '@' for each NUL byte; only the first one can be told and is put back. Pure. */
bool procnet_row(const char *line, size_t length, enum protocol protocol, enum family family,
                 struct diag_row *row);

#endif

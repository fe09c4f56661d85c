/* What the kernel would answer, by asking: a throwaway socket, bound and closed at once, never
 * listened on, never with SO_REUSEPORT (it would change the kernel's answer to the program's next
 * call: tests/kernel/probe_with_reuseport_would_change_it.c), never for UDP (it could take
 * traffic). The socket is closed before return; no lock, no heap, async-signal-safe; errno is not
 * kept.
 */
#ifndef REUSESHIM_FACTS_PROBE_H
#define REUSESHIM_FACTS_PROBE_H

#include "rules/evidence.h"

/* Would a TCP socket with ATTEMPT's family, V6ONLY, device and address, with SO_REUSEADDR as
 * REUSEADDR says and without SO_REUSEPORT, get its bind() now? UNKNOWN where no probe may or can be
 * made: not TCP, port 0, V6ONLY not known for an IPv6 wildcard, no socket to be had, an error other
 * than EADDRINUSE. */
enum answer probe_bind(const struct attempt *attempt, bool reuseaddr);

/* The same, with the error itself: 0, -EADDRINUSE, what else bind() would fail with (-EACCES,
 * -EADDRNOTAVAIL), what kept a socket from being had, or -EOPNOTSUPP where no probe may be made. */
int probe_result(const struct attempt *attempt, bool reuseaddr);

/* What the UNIX path name of ENDPOINT is now; PATH_UNKNOWN for abstract names. A live one that is
 * not in the kernel's list of this network namespace is told from a stale one by a connect() of a
 * datagram socket: it is refused if nobody is bound to the file, in any network namespace, and
 * never disturbs a listener (tests/kernel/dgram_connect_tells_stale_unix_path.c). Nothing is sent.
 * A datagram socket is called connected from then on, in ss(8) and /proc/net/unix: therefore the
 * list is asked first. The list can show a live one, but never prove a stale one. */
enum path_kind probe_path(const struct endpoint *endpoint);

#endif

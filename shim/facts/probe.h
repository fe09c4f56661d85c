/* What the kernel would answer, by asking: a throwaway socket, bound and closed at once, never
 * listened on, never for UDP (it could take traffic). The socket is closed before return; no lock,
 * no heap, async-signal-safe; errno is not kept.
 *
 * With SO_REUSEPORT a bind that works leaves a trace: the port's bucket would let in the program's
 * next call unseen (tests/kernel/probe_with_reuseport_would_change_it.c). One bind without that
 * option, to another address on the port, removes it again
 * (reset_bind_removes_the_trace_of_a_reuseport_probe.c).
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

enum { PROBE_RESETS = 2 }; /* addresses for that other bind */

/* Bits of those of them that a socket on the port with HELD's address and state would refuse. A
 * few compares for most sockets. Pure. */
uint32_t probe_resets_met(const struct party *held);

/* Would ATTEMPT's socket get its bind() with SO_REUSEPORT, and else as it is? Asked only if one of
 * the addresses RESETS (bits) can be had for sure: else UNKNOWN, as from probe_bind(). Nobody may
 * listen on the port. Some microseconds long a bind of that address, which is a loopback address
 * that nobody uses or one of documentation, would be refused. */
enum answer probe_reuseport(const struct attempt *attempt, uint32_t resets);

/* What the UNIX path name of ENDPOINT is now; PATH_UNKNOWN for abstract names. A live one that is
 * not in the kernel's list of this network namespace is told from a stale one by a connect() of a
 * datagram socket: it is refused if nobody is bound to the file, in any network namespace, and
 * never disturbs a listener (tests/kernel/dgram_connect_tells_stale_unix_path.c). Nothing is sent.
 * A datagram socket is called connected from then on, in ss(8) and /proc/net/unix: therefore the
 * list is asked first. The list can show a live one, but never prove a stale one. */
enum path_kind probe_path(const struct endpoint *endpoint);

#endif

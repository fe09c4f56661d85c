/* Where records go: one write for each, to a place that is proven to be the right one.
 *
 * Never on standard output by itself; to descriptor 2, or that of fd:N, only while it is the very
 * file that it was at start (once a daemon has replaced descriptor 2, what is told in full goes to
 * the journal, or to syslog, if somebody listens there, and is not waited for); a file is opened,
 * appended to once and closed, created 0600, never through a link, never if it belongs to somebody
 * else. What can't be written at once is lost and counted; the program waits SINK_PATIENCE_MS for a
 * full pipe, terminal or socket, and no longer. None of the signals that a write can raise reaches
 * the program.
 *
 * In a process with a seccomp filter, which may kill it for a system call that it never made
 * before, only openat, read, write and close are used. Then nothing is waited for, the owner of a
 * log file is not looked at, and syslog and journal get nothing.
 *
 * No heap, no lock; async-signal-safe but for sink_init; errno is not kept.
 *
 * Records are one write(2); a syslog daemon gets one datagram for each line, since it would show a
 * line end as "#012"; on a socket the write is a sendto(2), which can be told not to wait. More
 * than one write is made only where the kernel takes a part at first (a pipe that is nearly full),
 * and for records over 4 KiB on a blocking pipe that can't be opened again.
 */
#ifndef REUSESHIM_REPORT_SINK_H
#define REUSESHIM_REPORT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/record.h"
#include "rules/settings.h"

enum { SINK_PATIENCE_MS = 100, SINK_SYSLOG_MAX = 8000 };

/* Takes the place of the log from SETTINGS, which must live on, and remembers what descriptor 2 and
 * that of fd:N are now. At start, once the settings have been read. Until then every record is
 * lost. Later the log may still be put back to LOG_STDERR in SETTINGS, before a second thread
 * writes. CONFINED, in a process that was started under a seccomp filter, nothing is called that
 * the start of every program does not call. The log is not checked then: sink_check would ask more.
 */
void sink_init(const struct settings *settings, bool confined);

/* After a confined sink_init, in a process without a filter: learns what it could not ask. */
void sink_complete(void);

/* True if records for people should be coloured: the settings say so, or leave it open and a
 * terminal reads the log. Never in syslog and journal. */
bool sink_wants_color(void);

/* The most bytes that a record of FORMAT_JSON may have: syslog daemons cut what is longer, at about
 * 8,100 bytes, and half a record is no JSON. */
size_t sink_record_max(void);

/* How wide records for people should be: as the terminal that reads the log was at start, 40 to
 * PAGE_WIDTH; PAGE_WIDTH for every other log. */
size_t sink_width(void);

/* Writes BYTES, which are RECORD with its newline. What else syslog and journal want to know comes
 * from RECORD. Returns 0 or -errno: the record, or the rest of it, is lost then and counted. */
int sink_write(const struct record *record, const char *bytes, size_t length);

/* Whether the place of the log can be written to, without writing or creating anything: 0 or
 * -errno. -EPERM: the file belongs to somebody else or is nothing to write a log to. -ELOOP: it is
 * a link. */
int sink_check(void);

/* True if the log is fd:N and that was not open at start. Records go to descriptor 2 then. */
bool sink_lacks_descriptor(void);

/* Records lost so far in this process. */
uint64_t sink_lost(void);

/* Those of them that nobody has been told of yet, and -errno of the last: the one that takes them
 * tells of them, or gives them back by sink_tell_later(). */
uint64_t sink_take_untold(int *error);
void sink_tell_later(uint64_t records);

#endif

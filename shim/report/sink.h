/* Where records go: one write for each, to a place that is proven to be the right one.
 *
 * Never on standard output; to descriptor 2 only while it is the very file that it was at start;
 * a file is opened, appended to once and closed, created 0600, never through a link. No heap, no
 * lock; async-signal-safe; errno is not kept. No SIGPIPE reaches the program.
 */
#ifndef REUSESHIM_REPORT_SINK_H
#define REUSESHIM_REPORT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/settings.h"

/* Remembers what descriptor 2 is now. Once, at start. */
void sink_init(const struct settings *settings);

/* True if records for people should be coloured: the settings, and whether a terminal reads. */
bool sink_wants_color(void);

/* Writes LENGTH BYTES, one record with its newline, with one write. SUMMARY is its first line for
 * syslog and journal, which also get PRIORITY (syslog(3)) and, in the journal, fields. Returns 0
 * or -errno: the record is lost then and counted. */
int sink_write(const char *bytes, size_t length, int priority);

/* Whether the place of the log can be written to, without writing: 0 or -errno. */
int sink_check(void);

/* Records lost so far in this process. */
uint64_t sink_lost(void);

#endif

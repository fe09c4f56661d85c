/* The kinds of places that a sink writes to. Inside report/ only. All return 0 or -errno. */
#ifndef REUSESHIM_REPORT_SINK_PLACE_H
#define REUSESHIM_REPORT_SINK_PLACE_H

#include "base/sys.h"
#include "report/record.h"

struct iovec;

/* Writes all LENGTH BYTES to FD, a file of MODE (as st_mode), and gives up after SINK_PATIENCE_MS.
 * No signal comes of it. */
int descriptor_write(int fd, uint32_t mode, const char *bytes, size_t length);

/* Waits until FD can be written to or DEADLINE_MS of sys_monotonic_ms has come. Returns 0, also if
 * it can't be told, or -ETIMEDOUT. */
int descriptor_await(int fd, int64_t deadline_ms);

/* The same for a process that a seccomp filter may kill: no system call but openat, read, write and
 * close. FD must still be FILE, which is told from /proc. */
int confined_write(int fd, const struct sys_file *file, const char *bytes, size_t length);
int confined_append(const char *path, const char *bytes, size_t length);

/* Appends to the file at PATH. */
int file_append(const char *path, const char *bytes, size_t length);

/* Whether file_append would work; creates nothing. */
int file_check(const char *path);

/* syslog(3)'s priority of RECORD, without facility: 3 = err, 4 = warning, 6 = info. */
int daemon_priority(const struct record *record);

/* Each waits PATIENCE_MS for a daemon that is behind. */
int syslog_send(const struct record *record, const char *bytes, size_t length, int64_t patience_ms);
int journal_send(const struct record *record, const char *bytes, size_t length,
                 int64_t patience_ms);

/* Whether somebody listens there. */
int syslog_check(void);
int journal_check(void);

#endif

#include "report/sink.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "confine/confinement.h"
#include "report/page.h"
#include "report/sink_place.h"

/* A descriptor, and what it was when it was first seen. */
struct log_descriptor {
    int fd; /* -1 = it was not open, or is not asked for */
    uint16_t columns; /* of a terminal, PAGE_WIDTH at most; 0 = it is none */
    struct sys_file file;
};

/* All three written by sink_init only, before there are records. */
static const struct settings *settings;
static struct log_descriptor stderr_known; /* of LOG_STDERR */
static struct log_descriptor fd_known;     /* of LOG_FD */

/* Written by every thread, with atomic operations: all that were lost; those of them that nobody
 * has been told of; -errno of the last. */
static uint64_t lost, untold;
static int last_loss;

/* One that has not been told its size has 0 columns, and is not folded for; nor is one of which
 * hardly anything would be left. */
static uint16_t terminal_columns(int fd)
{
    uint16_t size[4]; /* the kernel's struct winsize: rows, columns, and both in pixels */

    if (sys_call(SYS_ioctl, fd, 0x5413 /* TIOCGWINSZ */, size) < 0)
        return 0;
    return size[1] >= PAGE_LEAST && size[1] < PAGE_WIDTH ? size[1] : PAGE_WIDTH;
}

static void know(struct log_descriptor *known, int fd, bool confined)
{
    bool is_open = fd >= 0 && (confined ? sys_file_of_fd_plainly(fd, &known->file)
                                        : sys_file_of_fd(fd, &known->file)) == 0;

    known->fd = is_open ? fd : -1;
    known->columns = is_open && !confined ? terminal_columns(fd) : 0;
}

void sink_init(const struct settings *chosen, bool confined)
{
    know(&stderr_known, STDERR_FILENO, confined);
    know(&fd_known, chosen->log == LOG_FD ? chosen->log_fd : -1, confined);
    settings = chosen;
}

/* The descriptor that was there at start may have been closed and its number taken by a file of the
 * program: then a record would land in its data. */
static int still_the_same(const struct log_descriptor *known, struct sys_file *now)
{
    int result;

    if (known->fd < 0)
        return -EBADF;
    result = sys_file_of_fd(known->fd, now);
    if (result < 0)
        return result;
    if (!sys_file_same(now, &known->file) || (now->mode & S_IFMT) != (known->file.mode & S_IFMT))
        return -ESTALE;
    return 0;
}

void sink_complete(void)
{
    struct sys_file now;

    if (still_the_same(&stderr_known, &now) == 0)
        stderr_known.columns = terminal_columns(stderr_known.fd);
    if (still_the_same(&fd_known, &now) == 0)
        fd_known.columns = terminal_columns(fd_known.fd);
}

bool sink_lacks_descriptor(void)
{
    return settings != NULL && settings->log == LOG_FD && fd_known.fd < 0;
}

/* The log may be put back to stderr after sink_init, if the one asked for can't be written. */
static const struct log_descriptor *known_now(void)
{
    return settings->log == LOG_FD && fd_known.fd >= 0 ? &fd_known : &stderr_known;
}

static bool has_descriptor(void)
{
    return settings->log == LOG_STDERR || settings->log == LOG_FD;
}

/* Of the log, if it is a terminal, and not yet replaced; else 0. */
static uint16_t columns_now(void)
{
    const struct log_descriptor *known = settings != NULL && has_descriptor() ? known_now() : NULL;
    struct sys_file now;

    if (known == NULL || known->columns == 0)
        return 0;
    return confinement_is_on() || still_the_same(known, &now) == 0 ? known->columns : 0;
}

bool sink_wants_color(void)
{
    if (settings == NULL || settings->format != FORMAT_TEXT || settings->color == COLOR_NEVER ||
        settings->log == LOG_SYSLOG || settings->log == LOG_JOURNAL)
        return false;
    return settings->color == COLOR_ALWAYS || columns_now() > 0;
}

size_t sink_width(void)
{
    uint16_t columns = columns_now();

    return columns > 0 ? columns : PAGE_WIDTH;
}

/* The program has put something of its own in the place of standard error, as daemons do. What is
 * told in full still finds its reader: in the journal, else in syslog, where there is one. */
static bool goes_to_daemon(const struct record *record, const char *bytes, size_t length)
{
    if (record->evidence == NULL)
        return false;
    return journal_send(record, bytes, length, 0) == 0 ||
           ((settings->format == FORMAT_TEXT || length <= SINK_SYSLOG_MAX) &&
            syslog_send(record, bytes, length, 0) == 0);
}

static int write_descriptor(const struct record *record, const char *bytes, size_t length)
{
    const struct log_descriptor *known = known_now();
    struct sys_file now;
    int result = still_the_same(known, &now);

    if (result == 0)
        return descriptor_write(known->fd, now.mode, bytes, length);
    if (settings->log == LOG_STDERR && known->fd >= 0 && goes_to_daemon(record, bytes, length))
        return 0;
    return result;
}

static int write_descriptor_confined(const char *bytes, size_t length)
{
    const struct log_descriptor *known = known_now();

    return known->fd < 0 ? -EBADF : confined_write(known->fd, &known->file, bytes, length);
}

/* The path of the log of process PID (0 = ours); BUFFER is used only if it has a part that changes.
 * NULL if it is too long. */
static const char *log_path(long pid, char *buffer, size_t size)
{
    if (strchr(settings->log_path, '%') == NULL)
        return settings->log_path;
    if (pid == 0)
        pid = sys_pid();
    return settings_log_path(settings, pid, buffer, size) ? buffer : NULL;
}

static int write_file(const struct record *record, const char *bytes, size_t length, bool confined)
{
    char buffer[SETTINGS_PATH_MAX];
    const char *path = log_path(record->caller.pid, buffer, sizeof buffer);

    if (path == NULL)
        return -ENAMETOOLONG;
    return confined ? confined_append(path, bytes, length) : file_append(path, bytes, length);
}

static int write_place(const struct record *record, const char *bytes, size_t length)
{
    bool confined;

    if (settings == NULL)
        return -EBADF;
    confined = confinement_is_on();
    if (!confinement_may_look())
        return -EPERM;
    if (settings->log == LOG_FILE)
        return write_file(record, bytes, length, confined);
    if (has_descriptor())
        return confined ? write_descriptor_confined(bytes, length)
                        : write_descriptor(record, bytes, length);
    if (confined)
        return -EPERM;
    return settings->log == LOG_SYSLOG ? syslog_send(record, bytes, length, SINK_PATIENCE_MS)
                                       : journal_send(record, bytes, length, SINK_PATIENCE_MS);
}

size_t sink_record_max(void)
{
    return settings != NULL && settings->log == LOG_SYSLOG ? SINK_SYSLOG_MAX : RECORD_BYTES_MAX;
}

int sink_write(const struct record *record, const char *bytes, size_t length)
{
    int result = length > 0 ? write_place(record, bytes, length) : 0;

    if (result < 0) {
        __atomic_add_fetch(&lost, 1, __ATOMIC_RELAXED);
        __atomic_store_n(&last_loss, result, __ATOMIC_RELAXED);
        sink_tell_later(1);
    }
    return result;
}

static int check_file(void)
{
    char buffer[SETTINGS_PATH_MAX];
    const char *path = log_path(0, buffer, sizeof buffer);

    return path != NULL ? file_check(path) : -ENAMETOOLONG;
}

/* A descriptor that is open for reading only gives -EBADF, as write(2) would. */
static int check_descriptor(void)
{
    const struct log_descriptor *known = known_now();
    struct sys_file now;
    int result = still_the_same(known, &now);
    long flags;

    if (result < 0)
        return result;
    flags = sys_call(SYS_fcntl, known->fd, F_GETFL, 0);
    if (flags < 0)
        return (int)flags;
    return (flags & O_ACCMODE) == O_RDONLY ? -EBADF : 0;
}

int sink_check(void)
{
    if (settings == NULL || sink_lacks_descriptor())
        return -EBADF;
    switch (settings->log) {
    case LOG_FILE: return check_file();
    case LOG_SYSLOG: return syslog_check();
    case LOG_JOURNAL: return journal_check();
    default: return check_descriptor();
    }
}

uint64_t sink_lost(void)
{
    return __atomic_load_n(&lost, __ATOMIC_RELAXED);
}

uint64_t sink_take_untold(int *error)
{
    *error = __atomic_load_n(&last_loss, __ATOMIC_RELAXED);
    return __atomic_load_n(&untold, __ATOMIC_RELAXED) == 0
               ? 0
               : __atomic_exchange_n(&untold, 0, __ATOMIC_RELAXED);
}

void sink_tell_later(uint64_t records)
{
    __atomic_add_fetch(&untold, records, __ATOMIC_RELAXED);
}

#include "proc/process.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/procstat.h"

enum { TEXT_SIZE = 1984 }; /* bytes of a file or link that are read at most */

static const char deleted[] = " (deleted)";

static void read_stat(int proc, struct process *process)
{
    struct procstat stat;

    if (procstat_read(proc, process->pid, &stat) != 0)
        return;
    process->parent = stat.parent;
    process->stopped = stat.state == 'T' || stat.state == 't';
    if (stat.start_ticks != 0)
        process->started_us = procstat_started_us(stat.start_ticks);
}

/* By ourselves, who look at it just now: TEXT is its status file. */
static bool is_stopped_by_us(const char *text)
{
    uint64_t tracer;

    return text_number_after(text, "\nTracerPid:", &tracer) &&
           (long)tracer == sys_call(SYS_getpid);
}

/* The owner of /proc/PID would be root for a process that has dropped its privileges and is not
 * dumpable since, so the file is asked: "Uid:\treal\teffective..." */
static void read_status(int proc, struct process *process, char *text)
{
    char path[64];
    const char *at;
    uint64_t uid;

    if (sys_read_file(proc, process_path(path, sizeof path, process->pid, "status"), text,
                      TEXT_SIZE) <= 0)
        return;
    if (process->stopped && is_stopped_by_us(text))
        process->stopped = false;
    at = strstr(text, "\nUid:\t");
    if (at == NULL)
        return;
    at = strchr(at + sizeof "\nUid:\t" - 1, '\t');
    if (at != NULL && text_read_number(at + 1, &uid) != NULL && uid <= UINT32_MAX)
        process->uid = (int64_t)uid;
}

static void read_comm(int proc, struct process *process, char *text, struct scratch *scratch)
{
    char path[64];
    long length = sys_read_file(proc, process_path(path, sizeof path, process->pid, "comm"), text,
                                TEXT_SIZE);

    if (length <= 0)
        return;
    if (text[length - 1] == '\n')
        length--;
    process->comm = scratch_copy(scratch, text, (size_t)length);
}

static void read_exe(int proc, struct process *process, char *text, struct scratch *scratch)
{
    const size_t tail = sizeof deleted - 1;
    char path[64];
    long length = sys_read_link(proc, process_path(path, sizeof path, process->pid, "exe"), text,
                                TEXT_SIZE);

    if (length == -ENOENT) {
        int32_t thread = process_thread(proc, process->pid, text, TEXT_SIZE);

        length = sys_read_link(proc, process_path(path, sizeof path, thread, "exe"), text,
                               TEXT_SIZE);
    }
    if (length <= 0)
        return;
    if ((size_t)length > tail && memcmp(text + length - tail, deleted, tail) == 0) {
        process->exe_deleted = true;
        length -= (long)tail;
    }
    process->exe = scratch_copy(scratch, text, (size_t)length);
}

/* The rest of the line at AT if it begins with PREFIX. */
static const char *line_after(const char *at, const char *end, const char *prefix, size_t *count)
{
    size_t length = strlen(prefix);
    const char *stop;

    if ((size_t)(end - at) < length || memcmp(at, prefix, length) != 0)
        return NULL;
    stop = memchr(at, '\n', (size_t)(end - at));
    *count = (size_t)((stop == NULL ? end : stop) - at) - length;
    return at + length;
}

/* "0::/path" of cgroup v2; on machines that still have v1 beside it, that may be a bare "/" and
 * systemd keeps to "N:name=systemd:/path". */
const char *process_cgroup_in(const char *text, size_t length, size_t *count)
{
    const char *end = text + length;
    const char *best = NULL, *path, *next;
    size_t size;

    for (const char *at = text; at < end; at = next) {
        next = memchr(at, '\n', (size_t)(end - at));
        if (next == NULL) /* cut off */
            break;
        next++;
        path = line_after(at, next, "0::", &size);
        if (path == NULL) {
            const char *colon = memchr(at, ':', (size_t)(next - at));

            path = colon == NULL ? NULL : line_after(colon, next, ":name=systemd:", &size);
        }
        if (path != NULL && size > 0 && *path == '/' && (best == NULL || size > *count)) {
            best = path;
            *count = size;
        }
    }
    return best;
}

const char *process_unit_in(const char *path, size_t length, size_t *count)
{
    static const char kinds[][9] = {".service", ".socket", ".scope"};

    while (length > 0) {
        size_t start = length;

        while (start > 0 && path[start - 1] != '/')
            start--;
        *count = length - start;
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
            if (*count > strlen(kinds[i]) && text_bytes_end_with(path + start, *count, kinds[i]))
                return path + start;
        length = start > 0 ? start - 1 : 0;
    }
    return NULL;
}

static void read_cgroup(int proc, struct process *process, char *text, struct scratch *scratch)
{
    char path[64];
    long length = sys_read_file(proc, process_path(path, sizeof path, process->pid, "cgroup"), text,
                                TEXT_SIZE);
    const char *cgroup, *unit;
    size_t count;

    if (length <= 0)
        return;
    cgroup = process_cgroup_in(text, (size_t)length, &count);
    if (cgroup == NULL)
        return;
    process->cgroup = scratch_copy(scratch, cgroup, count);
    unit = process_unit_in(cgroup, count, &count);
    if (unit != NULL)
        process->unit = scratch_copy(scratch, unit, count);
}

/* TEXT is one room for all that is read: two of them would be much of a signal stack. */
static void read_names(int proc, int32_t pid, struct process *process, char text[TEXT_SIZE],
                       struct scratch *scratch)
{
    memset(process, 0, sizeof *process);
    process->pid = pid;
    process->uid = -1;
    read_comm(proc, process, text, scratch);
    read_exe(proc, process, text, scratch);
}

void process_read_names(int proc, int32_t pid, struct process *process, struct scratch *scratch)
{
    char text[TEXT_SIZE];

    read_names(proc, pid, process, text, scratch);
}

void process_read_place(int proc, int32_t pid, struct process *process, struct scratch *scratch)
{
    char text[TEXT_SIZE];

    read_names(proc, pid, process, text, scratch);
    read_cgroup(proc, process, text, scratch);
}

void process_read(int proc, int32_t pid, struct process *process, struct scratch *scratch)
{
    char text[TEXT_SIZE];

    read_names(proc, pid, process, text, scratch);
    read_stat(proc, process);
    read_status(proc, process, text);
    read_cgroup(proc, process, text, scratch);
}

int32_t process_parent(int proc, int32_t pid)
{
    struct procstat stat;

    return procstat_read(proc, pid, &stat) == 0 ? stat.parent : 0;
}

int32_t process_status_number(int32_t pid, const char *key)
{
    char path[48], status[2048];
    struct text text = text_in(path, sizeof path);
    uint64_t number;

    text_format(&text, "/proc/%d/status", (int)pid);
    return sys_read_file(AT_FDCWD, path, status, sizeof status) > 0 &&
                   text_number_after(status, key, &number)
               ? (int32_t)number
               : 0;
}

#include "proc/known.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "proc/lines.h"

enum { USERS_LINES_MAX = 2000 }; /* of /etc/passwd */

struct known *known_in(int proc, struct scratch *scratch)
{
    struct known *known = scratch_take(scratch, sizeof *known);

    if (known == NULL)
        return NULL;
    known->proc = proc;
    known->uid = -1;
    return known;
}

int known_stat(struct known *known, int32_t pid, struct procstat *stat)
{
    struct known_process *process = known->processes;
    size_t count = known->count < KNOWN_MAX ? known->count : KNOWN_MAX;

    while (process < known->processes + count && process->pid != pid)
        process++;
    if (process == known->processes + count) {
        process = &known->processes[known->count++ % KNOWN_MAX];
        process->pid = pid;
        process->error = procstat_read(known->proc, pid, &process->stat);
    }
    *stat = process->stat;
    return process->error;
}

int32_t known_parent(struct known *known, int32_t pid)
{
    struct procstat stat;

    return known_stat(known, pid, &stat) == 0 ? stat.parent : 0;
}

/* "name:x:1000:..." of /etc/passwd. */
static bool is_user(const char *line, size_t length, int64_t uid, size_t *name_length)
{
    const char *end = line + length;
    const char *colon = memchr(line, ':', length);
    const char *second = colon == NULL ? NULL : memchr(colon + 1, ':', (size_t)(end - colon - 1));
    uint64_t number;

    if (second == NULL)
        return false;
    *name_length = (size_t)(colon - line);
    second++;
    return lines_number(&second, end, 10, &number) && number == (uint64_t)uid;
}

static const char *read_user(int64_t uid, struct scratch *scratch)
{
    struct loan loan = scratch_borrow(scratch, LINES_BUFFER);
    struct lines lines = {sys_open_at(AT_FDCWD, "/etc/passwd", O_RDONLY | O_NONBLOCK, 0),
                          loan.memory, 0, 0};
    const char *line, *name = NULL;
    size_t length, size;
    int left = USERS_LINES_MAX;

    if (lines.fd >= 0 && lines.buffer != NULL)
        while (name == NULL && left-- > 0 && lines_next(&lines, &line, &length))
            if (is_user(line, length, uid, &size))
                name = scratch_copy(scratch, line, size);
    if (lines.fd >= 0)
        sys_close(lines.fd);
    scratch_repay(scratch, &loan);
    return name;
}

const char *known_user(struct known *known, int64_t uid, struct scratch *scratch)
{
    if (uid < 0)
        return NULL;
    if (uid != known->uid) {
        known->uid = uid;
        known->user = read_user(uid, scratch);
    }
    return known->user;
}

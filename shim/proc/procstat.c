#include "proc/procstat.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/sys.h"
#include "base/text.h"

/* Fields, the first is 1. */
enum {
    FIELD_STATE = 3,
    FIELD_PARENT = 4,
    FIELD_FLAGS = 9,
    FIELD_REAPED_FAULTS = 11,
    FIELD_THREADS = 20,
    FIELD_START = 22,
    FIELD_CODE = 26,
    FIELD_STACK = 28,
    FIELDS = FIELD_STACK + 1
};

/* The second field is the name in brackets and may hold anything, brackets too. */
bool procstat_parse(const char *text, struct procstat *stat)
{
    const char *open = strchr(text, '('), *close = strrchr(text, ')');
    uint64_t fields[FIELDS] = {0};
    const char *at = close;
    size_t length;

    memset(stat, 0, sizeof *stat);
    if (open == NULL || close == NULL || close < open || close[1] != ' ')
        return false;
    length = (size_t)(close - open) - 1;
    if (length >= sizeof stat->comm)
        length = sizeof stat->comm - 1;
    memcpy(stat->comm, open + 1, length);
    for (int field = FIELD_STATE; field < FIELDS; field++) {
        at = strchr(at, ' ');
        if (at == NULL)
            return false;
        at++;
        fields[field] = text_number_at(at);
    }
    stat->state = close[2];
    stat->parent = (int32_t)fields[FIELD_PARENT];
    stat->flags = (uint32_t)fields[FIELD_FLAGS];
    stat->threads = (uint32_t)fields[FIELD_THREADS];
    stat->reaped_faults = fields[FIELD_REAPED_FAULTS];
    stat->start_ticks = fields[FIELD_START];
    stat->code = fields[FIELD_CODE];
    stat->stack = fields[FIELD_STACK];
    return true;
}

int procstat_read(int proc, int32_t pid, struct procstat *stat)
{
    char path[40], content[768];
    struct text text = text_in(path, sizeof path);
    long length;

    memset(stat, 0, sizeof *stat);
    text_add(&text, proc < 0 ? "/proc/" : "");
    if (pid == 0)
        text_add(&text, "self");
    else
        text_number(&text, pid);
    text_add(&text, "/stat");
    length = sys_read_file(proc < 0 ? AT_FDCWD : proc, path, content, sizeof content);
    if (length <= 0)
        return length < 0 ? (int)length : -ENOENT;
    return procstat_parse(content, stat) ? 0 : -EINVAL;
}

/* A first thread that has ended looks like a dead process, and is none while others go on. */
static bool is_dead(const struct procstat *stat)
{
    return (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
}

/* By the kernel: to the microsecond, and without the counter that the vdso reads. */
static int64_t clock_us(clockid_t clock)
{
    struct timespec now;

#ifdef __LP64__
    sys_call(SYS_clock_gettime, clock, &now);
#else
    clock_gettime(clock, &now);
#endif
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t procstat_started_us(uint64_t ticks)
{
    return clock_us(CLOCK_REALTIME) - clock_us(CLOCK_BOOTTIME) + (int64_t)ticks * PROCSTAT_TICK_US;
}

enum answer procstat_lives(int32_t pid, uint64_t ticks)
{
    struct procstat now;

    if (pid <= 0)
        return ANSWER_UNKNOWN;
    if (sys_call(SYS_kill, pid, 0) == -ESRCH)
        return ANSWER_NO;
    if (ticks == 0 || procstat_read(-1, pid, &now) < 0)
        return ANSWER_UNKNOWN;
    return answer_of(now.start_ticks == ticks && !is_dead(&now));
}

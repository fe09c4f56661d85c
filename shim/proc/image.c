#include "proc/image.h"

#include "proc/procstat.h"

/* 0 or 1 for those who may not trace the process. */
static bool is_shown(const struct procstat *stat)
{
    return stat->code > 1 && stat->stack > 1;
}

bool image_is_ours(int32_t pid, int64_t *started_us)
{
    struct procstat relative, us;

    if (procstat_read(-1, pid, &relative) != 0 || procstat_read(-1, 0, &us) != 0 ||
        !is_shown(&relative) || relative.code != us.code || relative.stack != us.stack)
        return false;
    *started_us = procstat_started_us(relative.start_ticks);
    return true;
}

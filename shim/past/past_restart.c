#include "past/past_restart.h"

#include <string.h>

#include "past/past_candidates.h"
#include "proc/procstat.h"

/* When process PID was born; 0 = not known. */
static int64_t born_us(int32_t pid)
{
    struct procstat stat;

    return procstat_read(-1, pid, &stat) == 0 ? procstat_started_us(stat.start_ticks) : 0;
}

/* Its number may have been another process's when the run was started: then it was born later. */
bool past_started_before(const struct party *socket, int32_t parent, const char *exe,
                         const char *folder, struct scratch *scratch)
{
    int64_t since_us = born_us(parent);
    const struct past_candidates *found =
        since_us == 0 ? NULL : past_gather(socket->protocol, &socket->local, folder, scratch);

    for (size_t i = 0; found != NULL && i < found->count; i++) {
        const struct past_candidate *one = &found->list[i];

        if (!one->binder.elsewhere && one->binder.lives == ANSWER_NO &&
            one->binder.parent == parent && one->bind.time_us > since_us && one->exe != NULL &&
            strcmp(one->exe, exe) == 0 && endpoint_equal(&one->bind.local, &socket->local))
            return true;
    }
    return false;
}

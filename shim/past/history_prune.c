#include <fcntl.h>
#include <string.h>

#include "base/budget.h"
#include "base/sys.h"
#include "proc/namespace.h"
#include "proc/procstat.h"
#include "past/history_folder.h"

enum { NAMES_MAX = 8192 }; /* files that are counted; what is beyond is as good as too many */

struct pruning {
    int folder;
    int64_t now_us;
    int64_t age_us;
    size_t too_many;     /* files that must go to make room */
    size_t removed;      /* by us */
    uint64_t processes;  /* our pid namespace */
    char boot[40];
    struct history_header header; /* of the file that is being looked at */
};

/* Reads the header of an open file. False if it is none that we understand. */
static bool header_read(struct history_header *header, int fd)
{
    return sys_read_at(fd, header, sizeof *header, 0) == (long)sizeof *header &&
           atomic_load_explicit(&header->magic, memory_order_relaxed) == HISTORY_MAGIC &&
           header->version == HISTORY_VERSION && header->sum == history_header_sum(header);
}

/* UNKNOWN where it lives, or lived, among processes that we cannot see. */
static enum answer is_dead(const struct pruning *pruning)
{
    const struct history_process *process = &pruning->header.process;

    if (memcmp(process->boot, pruning->boot, sizeof process->boot) != 0)
        return ANSWER_YES;
    if (process->processes != pruning->processes || pruning->processes == 0)
        return ANSWER_UNKNOWN;
    return answer_not(procstat_lives(process->pid, process->start_ticks));
}

/* When the dead process was known to be gone: now, if nobody has noted it. */
static int64_t end_of(const struct pruning *pruning, int fd)
{
    int64_t ended_us = pruning->header.ended_us, found_dead_us = pruning->header.found_dead_us;

    if (ended_us == 0 && found_dead_us == 0) {
        history_note_death(fd, pruning->now_us);
        return pruning->now_us;
    }
    return found_dead_us > ended_us ? found_dead_us : ended_us;
}

static bool has_binds(const struct history_header *header)
{
    return header->next[0] != 0 || header->next[1] != 0;
}

/* A file whose process is gone goes when it is too old or has nothing in it, or if there are too
 * many of them. */
static bool may_go(struct pruning *pruning, int fd, const struct history_name *name)
{
    struct history_header *header = &pruning->header;
    const int64_t opened_us = (int64_t)name->opened_us, old_us = pruning->now_us - pruning->age_us;

    if (!header_read(header, fd))
        return opened_us < old_us;
    switch (is_dead(pruning)) {
    case ANSWER_NO: return false;
    case ANSWER_YES:
        return end_of(pruning, fd) < old_us || pruning->too_many > 0 || !has_binds(header);
    default: return pruning->too_many > 0 && opened_us < old_us;
    }
}

static void prune_file(struct pruning *pruning, const struct history_name *name)
{
    char path[HISTORY_NAME_MAX];
    int fd, error;

    history_name_print(name, path);
    fd = error = sys_open_at(pruning->folder, path, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd >= 0) {
        error = may_go(pruning, fd, name)
                    ? (int)sys_call(SYS_unlinkat, pruning->folder, path, 0)
                    : -EBUSY;
        sys_close(fd);
    }
    if (error == 0)
        pruning->removed++;
    if ((error == 0 || error == -ENOENT) && pruning->too_many > 0)
        pruning->too_many--; /* somebody else may have been faster */
}

/* Further files are looked at as long as there are too many, and there is time. */
static bool has_time(const struct pruning *pruning, size_t looked_at, const struct budget *budget)
{
    return looked_at < HISTORY_PRUNE_FILES ||
           (pruning->too_many > 0 && !budget_is_spent(budget));
}

int history_folder_prune(int folder, const struct history_limits *limits)
{
    struct pruning pruning = {.folder = folder, .now_us = sys_realtime_us(),
                              .age_us = limits->age_s * 1000000};
    size_t size = NAMES_MAX * sizeof(struct history_name);
    struct history_name *names = sys_map(size);
    struct budget budget = budget_of(HISTORY_PRUNE_MS);
    uint64_t room = limits->folder_bytes / limits->process_bytes;
    long count;

    if (names == NULL)
        return -ENOSPC;
    count = history_folder_list(folder, names, NAMES_MAX);
    if (count > 0) {
        size_t known = count < NAMES_MAX ? (size_t)count : NAMES_MAX;

        pruning.processes = namespace_inode("pid");
        namespace_boot(pruning.boot);
        if ((uint64_t)count + 1 > room)
            pruning.too_many = (size_t)((uint64_t)count + 1 - room);
        history_names_sort(names, known);
        for (size_t i = 0; i < known && has_time(&pruning, i, &budget); i++)
            prune_file(&pruning, &names[i]);
    }
    sys_unmap(names, size);
    /* Whoever has made room for his own file may have it, though there was no time for more. */
    return count >= 0 && (pruning.too_many == 0 || pruning.removed > 0) ? 0 : -ENOSPC;
}

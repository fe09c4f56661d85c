#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "memory/birth.h"
#include "memory/history_folder.h"

enum { NAMES_MAX = 8192 }; /* files that are counted; what is beyond is as good as too many */

struct pruning {
    int folder;
    int64_t now_us;
    int64_t age_us;
    size_t too_many;     /* files that must go to make room */
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

/* Has its process ended? UNKNOWN where it lives, or lived, among processes that we cannot see. */
static enum answer is_dead(const struct pruning *pruning)
{
    const struct history_process *process = &pruning->header.process;

    if (memcmp(process->boot, pruning->boot, sizeof process->boot) != 0)
        return ANSWER_YES;
    if (process->processes != pruning->processes || pruning->processes == 0)
        return ANSWER_UNKNOWN;
    return answer_not(birth_lives(process->pid, process->born));
}

static bool may_go(struct pruning *pruning, int fd, const struct history_name *name)
{
    struct history_header *header = &pruning->header;
    int64_t ended_us, found_us, since_us = (int64_t)name->opened_us;
    enum answer dead;

    if (header_read(header, fd)) {
        ended_us = atomic_load_explicit(&header->ended_us, memory_order_relaxed);
        found_us = atomic_load_explicit(&header->found_dead_us, memory_order_relaxed);
        dead = is_dead(pruning);
        if (dead == ANSWER_NO)
            return false;
        if (dead == ANSWER_YES && ended_us == 0 && found_us == 0) {
            history_note_death(fd, pruning->now_us);
            found_us = pruning->now_us;
        }
        if (dead == ANSWER_YES && pruning->too_many > 0)
            return true;
        if (dead == ANSWER_YES)
            since_us = found_us > ended_us ? found_us : ended_us;
        else if (pruning->too_many == 0)
            return false;
    }
    return since_us < pruning->now_us - pruning->age_us;
}

static void prune_file(struct pruning *pruning, const struct history_name *name)
{
    char path[HISTORY_NAME_MAX];
    int fd;

    history_name_print(name, path);
    fd = sys_open_at(pruning->folder, path, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd < 0)
        return;
    if (may_go(pruning, fd, name) && sys_call(SYS_unlinkat, pruning->folder, path, 0) == 0 &&
        pruning->too_many > 0)
        pruning->too_many--;
    sys_close(fd);
}

int history_folder_prune(int folder, const struct history_limits *limits)
{
    struct pruning pruning = {.folder = folder, .now_us = sys_realtime_us(),
                              .age_us = limits->age_s * 1000000};
    size_t size = NAMES_MAX * sizeof(struct history_name);
    struct history_name *names = sys_map(size);
    int64_t until_ms = sys_monotonic_ms() + HISTORY_PRUNE_MS;
    uint64_t room = limits->folder_bytes / limits->process_bytes;
    long count;

    if (names == NULL)
        return -ENOSPC;
    count = history_folder_list(folder, names, NAMES_MAX);
    if (count > 0) {
        size_t known = count < NAMES_MAX ? (size_t)count : NAMES_MAX;

        pruning.processes = birth_namespace("pid");
        birth_boot(pruning.boot);
        if ((uint64_t)count + 1 > room)
            pruning.too_many = (size_t)((uint64_t)count + 1 - room);
        history_names_sort(names, known);
        for (size_t i = 0; i < known && sys_monotonic_ms() < until_ms; i++)
            if (i < HISTORY_PRUNE_FILES || pruning.too_many > 0)
                prune_file(&pruning, &names[i]);
    }
    sys_unmap(names, size);
    return count >= 0 && pruning.too_many == 0 ? 0 : -ENOSPC;
}

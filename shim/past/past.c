#include "past/past.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/sys.h"
#include "proc/namespace.h"
#include "proc/procstat.h"

void past_here(struct past_here *here)
{
    namespace_boot(here->boot);
    here->network = namespace_network();
    here->processes = namespace_inode("pid");
    here->now_us = sys_realtime_us();
}

bool past_is_of_here(const struct past_here *here, const struct history_process *process)
{
    return here->boot[0] != '\0' && strcmp(here->boot, process->boot) == 0 &&
           here->network != 0 && here->network == process->network;
}

/* Whether a process of FILE's number PID can be looked for here; if not, ANSWER is what is
 * known. */
static bool can_look_for(const struct past_here *here, const struct history_process *process,
                         enum answer *answer)
{
    *answer = ANSWER_UNKNOWN;
    if (here->boot[0] == '\0' || process->boot[0] == '\0')
        return false;
    if (strcmp(here->boot, process->boot) != 0) {
        *answer = ANSWER_NO;
        return false;
    }
    return here->processes != 0 && here->processes == process->processes;
}

static int64_t if_after(int64_t then_us, int64_t time_us)
{
    return then_us >= time_us ? then_us : 0;
}

struct past_binder past_binder_of(const struct past_here *here, const struct past_file *file,
                                  const struct past_bind *bind)
{
    const struct history_process *process = &file->process;
    struct past_binder binder = {.pid = process->pid, .parent = process->parent,
                                 .start_ticks = process->start_ticks};
    int64_t found_dead_us = file->found_dead_us;
    bool can_look = can_look_for(here, process, &binder.lives);

    binder.elsewhere = !can_look && binder.lives == ANSWER_UNKNOWN;
    if (can_look)
        binder.lives = procstat_lives(binder.pid, binder.start_ticks);
    if (binder.lives == ANSWER_NO && file->ended_us == 0 && found_dead_us == 0) {
        found_dead_us = here->now_us;
        if (file->own)
            history_note_death(file->fd, found_dead_us);
    }
    binder.ended_us = if_after(file->ended_us, bind->time_us);
    binder.found_dead_us = if_after(found_dead_us, bind->time_us);
    return binder;
}

struct reading {
    int folder;
    int port;
    bool own; /* the folder is our user's, who may write there: not root in another's */
    const struct past_visitor *visitor;
    unsigned char *bytes; /* HISTORY_SIZE_MAX and one more */
    struct past_result result;
};

/* Reads SIZE bytes from the start; fewer if the file ends. */
static size_t read_up_to(int fd, unsigned char *bytes, size_t size)
{
    size_t used = 0;

    while (used < size) {
        long got = sys_read_at(fd, bytes + used, size - used, used);

        if (got <= 0)
            break;
        used += (size_t)got;
    }
    return used;
}

/* Returns false to end the look. */
static bool read_file(struct reading *reading, int fd)
{
    struct past_file file;
    size_t size = read_up_to(fd, reading->bytes, HISTORY_HEADER_SIZE);
    int error = past_open(&file, reading->bytes, size);

    if (error == 0 && reading->port != PAST_EVERY_PORT &&
        !past_has_port(&file, (uint16_t)reading->port))
        return true;
    if (error == 0) {
        size = read_up_to(fd, reading->bytes, HISTORY_SIZE_MAX + 1);
        error = past_open(&file, reading->bytes, size);
        if (error == 0 && file.record_count == 0)
            error = -ENOEXEC; /* cut short */
    }
    if (error == -ENOEXEC)
        reading->result.skipped++;
    if (error < 0)
        return true;
    file.fd = fd;
    file.own = reading->own;
    return reading->visitor->visit(reading->visitor->context, &file);
}

/* By now the name may be a link, a pipe or a device. */
static bool read_name(struct reading *reading, const struct history_name *name)
{
    const int access = reading->own ? O_RDWR : O_RDONLY;
    char path[HISTORY_NAME_MAX];
    struct sys_file file;
    bool more = true;
    int fd;

    history_name_print(name, path);
    fd = sys_open_at(reading->folder, path, access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0) {
        reading->result.skipped += fd != -ENOENT;
        return true;
    }
    if (sys_file_of_fd(fd, &file) == 0 && (file.mode & 0170000) == 0100000)
        more = read_file(reading, fd);
    else
        reading->result.skipped++;
    sys_close(fd);
    return more;
}

static void read_names(struct reading *reading, int64_t budget_ms)
{
    const size_t size = PAST_FILES_MAX * sizeof(struct history_name);
    struct history_name *names = sys_map(size);
    struct budget budget = budget_of(budget_ms);
    long count = names == NULL ? -ENOMEM
                               : history_folder_list(reading->folder, names, PAST_FILES_MAX);
    size_t left = count < 0 ? 0 : count > PAST_FILES_MAX ? PAST_FILES_MAX : (size_t)count;

    reading->result.error = count < 0 ? (int)count : 0;
    reading->result.complete = count >= 0 && count <= PAST_FILES_MAX;
    if (names != NULL)
        history_names_sort(names, left);
    while (left > 0) {
        if (!read_name(reading, &names[--left]))
            break;
        if (budget_ms > 0 && left > 0 && budget_is_spent(&budget)) {
            reading->result.complete = false;
            break;
        }
    }
    if (names != NULL)
        sys_unmap(names, size);
}

struct past_result past_each(const char *path, int port, int64_t budget_ms,
                             const struct past_visitor *visitor)
{
    struct reading reading = {.port = port, .visitor = visitor};
    struct sys_file folder;

    reading.folder = history_folder_open(path, false);
    if (reading.folder < 0) {
        reading.result.error = reading.folder;
        return reading.result;
    }
    reading.own = sys_file_of_fd(reading.folder, &folder) == 0 &&
                  folder.uid == (uint32_t)geteuid() &&
                  sys_call(SYS_faccessat, reading.folder, ".", W_OK) == 0;
    reading.bytes = sys_map(HISTORY_SIZE_MAX + 4096);
    if (reading.bytes == NULL)
        reading.result.error = -ENOMEM;
    else
        read_names(&reading, budget_ms);
    if (reading.bytes != NULL)
        sys_unmap(reading.bytes, HISTORY_SIZE_MAX + 4096);
    sys_close(reading.folder);
    return reading.result;
}

bool past_confirm(const struct past_file *file, const struct past_bind *bind)
{
    uint64_t number;

    return file->fd < 0 ||
           (sys_read_at(file->fd, &number, sizeof number,
                        bind->at + offsetof(struct history_record, number)) ==
                (long)sizeof number &&
            number == bind->number);
}

/* Binds written and read back, for the unit tests of the history. */
#ifndef UNIT_BINDS_H
#define UNIT_BINDS_H

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/sys.h"
#include "check.h"
#include "past/past.h"
#include "history.h"
#include "proc/namespace.h"
#include "proc/procstat.h"
#include "past/history.h"
#include "table/lock.h"

enum { BINDS_MAX = 2048 };

static const struct history_limits binds_limits = {64 * 1024, 64 << 20, 24 * 3600};

/* This process as its file tells it. */
static inline struct history_process binds_process(void)
{
    struct history_process process = {.pid = (int32_t)getpid(), .uid = (int64_t)geteuid()};
    struct procstat stat;

    CHECK_RESULT(procstat_read(-1, 0, &stat), 0, "the time of birth");
    process.start_ticks = stat.start_ticks;
    process.parent = stat.parent;
    process.network = namespace_network();
    process.processes = namespace_inode("pid");
    namespace_boot(process.boot);
    strcpy(process.comm, "test");
    strcpy(process.exe, "/usr/bin/test");
    return process;
}

static inline void binds_open(const struct history_limits *limits)
{
    struct history_process process = binds_process();

    lock_init(true);
    history_init();
    CHECK(history_wants_opening(), "nobody has opened it yet");
    CHECK_RESULT(history_open(history_folder(0), limits, &process), 0, "the file is made");
}

static inline struct endpoint binds_inet(uint16_t port)
{
    return (struct endpoint){.family = FAMILY_INET, .port = port, .address = {127, 0, 0, 1}};
}

/* As socket(), setsockopt() if REUSEADDR, and bind() are followed. */
static inline void binds_make(int fd, const struct endpoint *local, bool reuseaddr,
                              const struct trace *trace, int64_t time_us)
{
    static const struct trace none;
    struct option_event event = {.kind = OPTION_REUSEADDR, .value = true};

    descriptor_open(fd, PROTOCOL_TCP);
    history_forget(fd);
    if (reuseaddr)
        descriptor_option(fd, &event);
    descriptor_bind(fd, true);
    history_bind(local->family == FAMILY_UNIX ? PROTOCOL_UNIX : PROTOCOL_TCP, local, fd, time_us,
                 trace == NULL ? &none : trace);
}

/* Everything that can be read in the folder. */
struct binds {
    struct past_result result;
    struct past_bind list[BINDS_MAX];
    struct history_process processes[BINDS_MAX];
    int64_t ended_us[BINDS_MAX];
    struct past_binder binders[BINDS_MAX];
    size_t count;
    int64_t found_dead_us[BINDS_MAX]; /* of each file */
    size_t files;
    struct past_here *here; /* NULL: nobody looks whether a process lives */
};

static inline bool binds_visit(void *context, struct past_file *file)
{
    struct binds *binds = context;

    if (binds->files < BINDS_MAX)
        binds->found_dead_us[binds->files] = file->found_dead_us;
    binds->files++;
    for (uint32_t i = 0; i < file->record_count && binds->count < BINDS_MAX; i++) {
        if (!past_bind_at(file, i, &binds->list[binds->count]))
            continue;
        if (binds->here != NULL)
            binds->binders[binds->count] =
                past_binder_of(binds->here, file, &binds->list[binds->count]);
        binds->processes[binds->count] = file->process;
        binds->ended_us[binds->count++] = file->ended_us;
    }
    return true;
}

static inline void binds_read(struct binds *binds)
{
    const struct past_visitor visitor = {binds_visit, binds};

    memset(binds, 0, sizeof *binds);
    binds->result = past_each(history_folder(0), PAST_EVERY_PORT, 0, &visitor);
}

/* As everybody does who tells something of it. */
static inline void binds_look(struct binds *binds)
{
    const struct past_visitor visitor = {binds_visit, binds};
    struct past_here here;

    memset(binds, 0, sizeof *binds);
    past_here(&here);
    binds->here = &here;
    binds->result = past_each(history_folder(0), PAST_EVERY_PORT, 0, &visitor);
    binds->here = NULL;
}

#endif

#include "supervise/memory.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/procstat.h"

enum { DESCRIBE_US = 1000000 };

struct memory_shared *memory_open(void)
{
    void *memory = mmap(NULL, sizeof(struct memory_shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

/* Reading them takes longer than all the rest, so they are read once a second for a process. */
static void describe(struct memory_bind *bind)
{
    static struct memory_bind last;
    struct procstat stat;
    char path[32];
    struct text text = text_in(path, sizeof path);

    if (last.pid != bind->pid || bind->time_us - last.time_us > DESCRIBE_US ||
        bind->time_us < last.time_us) {
        last.pid = bind->pid;
        last.time_us = bind->time_us;
        procstat_read(-1, bind->pid, &stat);
        last.start_ticks = stat.start_ticks;
        memcpy(last.comm, stat.comm, sizeof last.comm);
        text_format(&text, "/proc/%d/exe", (int)bind->pid);
        if (sys_read_link(AT_FDCWD, path, last.exe, sizeof last.exe) < 0)
            last.exe[0] = '\0';
    }
    bind->start_ticks = last.start_ticks;
    memcpy(bind->comm, last.comm, sizeof bind->comm);
    memcpy(bind->exe, last.exe, sizeof bind->exe);
}

struct snapshot *memory_add(struct memory_shared *memory, uint64_t cookie, int32_t pid)
{
    struct memory_bind *bind = &memory->binds[memory->next++ % MEMORY_BINDS_MAX];

    bind->cookie = 0;
    bind->time_us = sys_realtime_us();
    bind->pid = pid;
    describe(bind);
    bind->snapshot.count = 0;
    bind->cookie = cookie;
    return &bind->snapshot;
}

const struct memory_bind *memory_find(const struct memory_shared *memory, uint64_t cookie)
{
    uint32_t count = memory->next < MEMORY_BINDS_MAX ? memory->next : MEMORY_BINDS_MAX;

    for (uint32_t i = 1; i <= count; i++) {
        const struct memory_bind *bind = &memory->binds[(memory->next - i) % MEMORY_BINDS_MAX];

        if (bind->cookie == cookie)
            return bind;
    }
    return NULL;
}

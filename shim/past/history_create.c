/* A new file: made so that no program can be hurt by it later. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/sys.h"
#include "past/history_parts.h"

/* A file that grows past RLIMIT_FSIZE raises SIGXFSZ, which ends a program. */
static bool may_grow(uint32_t size)
{
    struct {
        uint64_t now, most;
    } limit;

    return sys_call(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) == 0 && limit.now >= size;
}

/* Every block is taken now: a disk that is full says so here, and not as a SIGBUS later. */
static int fill_with_zeros(int fd, uint32_t size)
{
    enum { PIECE = 64 * 1024 };
    void *zeros = sys_map(PIECE);
    uint32_t done = 0;
    long now = zeros == NULL ? -ENOMEM : 1;

    while (done < size && now > 0) {
        uint32_t left = size - done;

        now = sys_call(SYS_write, fd, zeros, (size_t)(left < PIECE ? left : PIECE));
        if (now > 0)
            done += (uint32_t)now;
        else if (now == -EINTR)
            now = 1;
    }
    if (zeros != NULL)
        sys_unmap(zeros, PIECE);
    return now > 0 ? 0 : now < 0 ? (int)now : -ENOSPC;
}

static int file_create(int folder, const struct history_process *process, uint32_t size,
                       char path[HISTORY_NAME_MAX])
{
    struct history_name name = {process->pid, process->start_ticks, (uint64_t)process->opened_us};
    int fd, error;

    if (!may_grow(size))
        return -EFBIG;
    history_name_print(&name, path);
    fd = sys_open_at(folder, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fd;
    error = !history_folder_fits(fd) ? -EOPNOTSUPP : fill_with_zeros(fd, size);
    if (error == 0)
        return fd;
    sys_close(fd);
    sys_call(SYS_unlinkat, folder, path, 0);
    return error;
}

static void header_fill(struct history_header *header, const struct history_process *process,
                        uint32_t size)
{
    header->version = HISTORY_VERSION;
    header->size = size;
    header->record_count = history_record_count(size);
    header->process = *process;
    header->sum = history_header_sum(header);
    atomic_store_explicit(&header->magic, HISTORY_MAGIC, memory_order_release);
}

int history_create(const char *path, const struct history_limits *limits,
                   struct history_process *process, struct history_file **file)
{
    uint32_t size = limits->process_bytes & ~4095u;
    int folder = history_folder_open(path, true), fd, error;
    char name[HISTORY_NAME_MAX];
    void *memory;

    if (folder < 0)
        return folder;
    process->opened_us = sys_realtime_us();
    error = history_folder_prune(folder, limits);
    fd = error < 0 ? error : file_create(folder, process, size, name);
    for (; fd == -EEXIST; fd = file_create(folder, process, size, name))
        process->opened_us++; /* executed within one tick of the clock */
    if (fd >= 0) {
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memory == MAP_FAILED) {
            error = -ENOMEM;
            sys_call(SYS_unlinkat, folder, name, 0);
        } else {
            *file = memory;
            header_fill(&(*file)->header, process, size);
        }
        sys_close(fd);
    }
    sys_close(folder);
    return fd < 0 ? fd : error;
}

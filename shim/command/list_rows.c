#include "command/list_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "command/command.h"
#include "command/console.h"
#include "facts/sockdiag.h"
#include "rules/glob.h"

enum { SCRATCH_SIZE = 512 << 20 }; /* bytes of address space; memory is used as it is written to */

/* A socket that the kernel lists. */
struct seen {
    uint64_t inode;
    enum protocol protocol;
    struct endpoint local;
    bool listens;
};

/* Everything bound now, in the order of inodes. */
struct kernel {
    struct seen *sockets;
    size_t count;
    size_t room;
    bool complete;
};

struct reading {
    struct list_rows *rows;
    const struct list_filter *filter;
    struct past_here here;
    struct kernel kernel;
};

static void *grown(void *memory, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return memory;
    *room = *room == 0 ? 256 : *room * 2;
    memory = realloc(memory, *room * size);
    if (memory == NULL) {
        console_error("out of memory");
        exit(EXIT_OWN_ERROR);
    }
    return memory;
}

/* ---- The kernel's list ---- */

static bool visit_socket(void *context, const struct diag_row *row)
{
    struct kernel *kernel = context;

    if (row->inode == 0 || (row->state != STATE_LISTEN && row->remote.family != FAMILY_NONE))
        return true;
    kernel->sockets = grown(kernel->sockets, &kernel->room, kernel->count, sizeof *kernel->sockets);
    kernel->sockets[kernel->count++] = (struct seen){.inode = row->inode,
                                                     .protocol = row->protocol,
                                                     .local = row->local,
                                                     .listens = row->state == STATE_LISTEN};
    return true;
}

static int compare_inodes(const void *left, const void *right)
{
    const struct seen *a = left, *b = right;

    return a->inode < b->inode ? -1 : a->inode > b->inode;
}

static void ask_kernel(struct kernel *kernel)
{
    static const enum protocol protocols[] = {PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_UDPLITE,
                                              PROTOCOL_UNIX};
    const struct diag_visitor visitor = {visit_socket, kernel};
    size_t i;

    kernel->complete = true;
    for (i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        struct diag_query query = {.protocol = protocols[i]};
        struct diag_result result = sockdiag_each(&query, &visitor);

        if (protocols[i] != PROTOCOL_UDPLITE && (result.error != 0 || !result.complete))
            kernel->complete = false;
        if (protocols[i] == PROTOCOL_TCP && !result.bound_seen)
            kernel->complete = false;
    }
    if (kernel->count > 0)
        qsort(kernel->sockets, kernel->count, sizeof *kernel->sockets, compare_inodes);
}

static const struct seen *find_inode(const struct kernel *kernel, uint64_t inode)
{
    struct seen wanted = {.inode = inode};

    return kernel->count == 0 ? NULL
                              : bsearch(&wanted, kernel->sockets, kernel->count,
                                        sizeof *kernel->sockets, compare_inodes);
}

/* ---- One row ---- */

/* The inode of the socket under descriptor FD of process PID, 0 if it is none; -errno if it cannot
 * be looked at. */
static int64_t inode_of(int32_t pid, int32_t fd)
{
    char path[64], link[64];
    unsigned long long inode;
    ssize_t length;

    snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
    length = readlink(path, link, sizeof link - 1);
    if (length < 0)
        return errno == ENOENT ? 0 : -errno;
    link[length] = '\0';
    return sscanf(link, "socket:[%llu]", &inode) == 1 ? (int64_t)inode : 0;
}

static bool is_same_address(const struct past_bind *bind, const struct endpoint *local)
{
    struct endpoint wanted = bind->local;

    if (wanted.family != FAMILY_UNIX && wanted.port == 0)
        wanted.port = local->port;
    return endpoint_equal(&wanted, local);
}

/* The descriptor may have been moved to another number: then somebody still has the address. */
static bool is_held_by_any(const struct kernel *kernel, const struct past_bind *bind)
{
    size_t i;

    for (i = 0; i < kernel->count; i++)
        if (kernel->sockets[i].protocol == bind->protocol &&
            endpoint_equal(&kernel->sockets[i].local, &bind->local))
            return true;
    return false;
}

static void find_state(const struct reading *reading, struct list_row *row)
{
    enum answer lives = past_lives(&reading->here, &row->process);
    const struct seen *seen;
    int64_t inode;

    row->state = lives == ANSWER_NO ? LIST_ENDED : LIST_UNKNOWN;
    if (lives != ANSWER_NO)
        row->ended_us = 0;
    if (lives != ANSWER_YES || !past_is_of_here(&reading->here, &row->process))
        return;
    inode = inode_of(row->process.pid, row->bind.fd);
    seen = inode > 0 ? find_inode(&reading->kernel, (uint64_t)inode) : NULL;
    if (seen != NULL && is_same_address(&row->bind, &seen->local)) {
        row->state = seen->listens ? LIST_LISTENS : LIST_BOUND;
        row->local = seen->local;
    } else if (inode >= 0 && reading->kernel.complete &&
               !is_held_by_any(&reading->kernel, &row->bind)) {
        row->state = LIST_CLOSED;
    }
}

static bool is_wanted(const struct list_filter *filter, const struct list_row *row)
{
    const char *comm = row->process.comm;

    return (filter->port < 0 ||
            (row->local.family != FAMILY_UNIX && row->local.port == filter->port)) &&
           (filter->pid == 0 || row->process.pid == filter->pid) &&
           (filter->program == NULL ||
            glob_matches(filter->program, strlen(filter->program), comm, strlen(comm))) &&
           row->bind.time_us >= filter->since_us &&
           (!filter->only_bound || row->state == LIST_BOUND || row->state == LIST_LISTENS);
}

static bool visit_file(void *context, const struct past_file *file)
{
    struct reading *reading = context;
    struct list_rows *rows = reading->rows;
    uint32_t i;

    for (i = 0; i < file->record_count; i++) {
        struct list_row *row;

        rows->rows = grown(rows->rows, &rows->room, rows->count, sizeof *rows->rows);
        row = &rows->rows[rows->count];
        memset(row, 0, sizeof *row);
        if (!past_bind_at(file, i, &row->bind) || !past_confirm(file, &row->bind))
            continue;
        row->process = file->process;
        row->local = row->bind.local;
        row->ended_us = file->ended_us >= row->bind.time_us ? file->ended_us : 0;
        find_state(reading, row);
        if (!is_wanted(reading->filter, row))
            continue;
        row->stack = past_stack(file, &row->bind, &rows->scratch);
        rows->count++;
    }
    return true;
}

static int compare_times(const void *left, const void *right)
{
    const struct list_row *a = left, *b = right;

    return a->bind.time_us > b->bind.time_us ? -1 : a->bind.time_us < b->bind.time_us;
}

int list_read(struct list_rows *rows, const char *folder, const struct list_filter *filter)
{
    struct reading reading = {.rows = rows, .filter = filter};
    const struct past_visitor visitor = {visit_file, &reading};
    struct past_result result;

    memset(rows, 0, sizeof *rows);
    rows->memory = sys_map(SCRATCH_SIZE);
    rows->scratch.next = rows->memory;
    rows->scratch.end = rows->memory == NULL ? NULL : rows->scratch.next + SCRATCH_SIZE;
    past_here(&reading.here);
    ask_kernel(&reading.kernel);
    result = past_each(folder, PAST_EVERY_PORT, 0, &visitor);
    rows->skipped = result.skipped;
    if (rows->count > 0)
        qsort(rows->rows, rows->count, sizeof *rows->rows, compare_times);
    free(reading.kernel.sockets);
    return result.error;
}

void list_free(struct list_rows *rows)
{
    if (rows->memory != NULL)
        sys_unmap(rows->memory, SCRATCH_SIZE);
    free(rows->rows);
}

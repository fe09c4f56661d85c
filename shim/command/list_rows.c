#include "command/list_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"
#include "command/command.h"
#include "command/console.h"
#include "command/list_sockets.h"
#include "facts/owner.h"
#include "proc/process_walk.h"
#include "rules/glob.h"

enum {
    SCRATCH_SIZE = 512 << 20, /* bytes of address space; memory is used as it is written to */
    OWNERS_MAX = 64           /* sockets in other hands whose owner is looked for */
};

struct reading {
    struct list_rows *rows;
    const struct list_filter *filter;
    struct past_here here;
    struct list_sockets sockets;
};

/* ---- One row ---- */

static bool is_same_address(const struct past_bind *bind, const struct endpoint *local)
{
    struct endpoint wanted = bind->local;

    if (wanted.family != FAMILY_UNIX && wanted.port == 0)
        wanted.port = local->port;
    return endpoint_equal(&wanted, local);
}

/* The bind that ROW tells of made SOCKET, by all that is noted. */
static bool is_of_row(const struct list_row *row, const struct list_socket *socket)
{
    if (row->bind.cookie != 0 && socket->cookie != 0)
        return row->bind.cookie == socket->cookie;
    return is_same_address(&row->bind, &socket->local);
}

static enum list_state state_of(const struct list_socket *socket)
{
    return socket->state == STATE_LISTEN ? LIST_LISTENS
           : socket->connected           ? LIST_CONNECTED
                                         : LIST_BOUND;
}

/* A connection on the port: it may be what was bound, or what was accepted under its number
 * later. */
static bool may_be_of_row(const struct list_row *row, const struct list_socket *socket)
{
    return row->bind.cookie == 0 && socket->connected &&
           socket->local.port == row->bind.local.port;
}

/* Nobody has it any more: by its cookie, or else because nothing has its address. Under another
 * number than at bind() its process might have it still. */
static bool is_gone(const struct list_sockets *sockets, const struct past_bind *bind)
{
    return sockets->complete &&
           (bind->cookie != 0 || !list_sockets_has(sockets, bind->protocol, &bind->local));
}

/* That PID was so when its file was made, the file tells; but it may have bound in another one
 * since, whose sockets are not listed here. */
bool list_is_in_this_network(int32_t pid)
{
    char path[64];
    struct stat ours, theirs;

    snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
    return stat("/proc/self/ns/net", &ours) == 0 && stat(path, &theirs) == 0 &&
           ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

static void take_socket(struct list_row *row, struct list_socket *socket)
{
    socket->told = true;
    row->state = state_of(socket);
    row->inode = socket->inode;
    row->cookie = socket->cookie;
    if (!socket->connected)
        row->local = socket->local;
}

static void find_state(const struct reading *reading, struct list_row *row, enum answer lives)
{
    const struct list_sockets *sockets = &reading->sockets;
    struct list_socket *socket;
    int64_t inode;

    row->ended = answer_not(lives);
    row->state = lives == ANSWER_NO ? LIST_ENDED : LIST_UNKNOWN;
    row->cookie = row->bind.cookie;
    if (lives != ANSWER_NO)
        row->ended_us = row->found_dead_us = 0;
    if (!past_is_of_here(&reading->here, &row->process))
        return;
    inode = lives == ANSWER_YES ? process_socket_at(-1, row->process.pid, row->bind.fd) : -ESRCH;
    socket = inode > 0 ? list_sockets_inode(sockets, (uint64_t)inode) : NULL;
    if (socket != NULL && is_of_row(row, socket)) {
        take_socket(row, socket);
        return;
    }
    if (socket != NULL && may_be_of_row(row, socket))
        return;
    socket = list_sockets_cookie(sockets, row->bind.cookie);
    if (socket != NULL) {
        take_socket(row, socket);
        row->moved = true;
    } else if (lives == ANSWER_YES &&
               (inode >= 0 || inode == -ENOENT || row->bind.cookie != 0) &&
               is_gone(sockets, &row->bind) && list_is_in_this_network(row->process.pid)) {
        row->state = LIST_CLOSED;
    }
}

bool list_is_bound(enum list_state state)
{
    return state == LIST_BOUND || state == LIST_LISTENS || state == LIST_CONNECTED;
}

static bool is_wanted(const struct list_filter *filter, const struct list_row *row)
{
    const char *comm = row->process.comm;

    return (filter->port < 0 ||
            (row->local.family != FAMILY_UNIX && row->local.port == filter->port)) &&
           (filter->pid == 0 || (row->process.pid == filter->pid && !row->elsewhere)) &&
           (filter->program == NULL ||
            glob_matches(filter->program, strlen(filter->program), comm, strlen(comm))) &&
           row->bind.time_us >= filter->since_us &&
           (!filter->only_bound || list_is_bound(row->state));
}

static void take_binder(struct list_row *row, const struct past_binder *binder)
{
    row->process.pid = binder->pid;
    row->process.parent = binder->parent;
    row->process.start_ticks = binder->start_ticks;
    row->elsewhere = binder->elsewhere;
    row->ended_us = binder->ended_us;
    row->found_dead_us = binder->found_dead_us;
}

static bool visit_file(void *context, struct past_file *file)
{
    struct reading *reading = context;
    struct list_rows *rows = reading->rows;

    for (uint32_t i = 0; i < file->record_count; i++) {
        struct past_binder binder;
        struct list_row *row;

        rows->rows = console_grown(rows->rows, &rows->room, rows->count, sizeof *rows->rows);
        row = &rows->rows[rows->count];
        memset(row, 0, sizeof *row);
        if (!past_bind_at(file, i, &row->bind) || !past_confirm(file, &row->bind))
            continue;
        row->process = file->process;
        row->local = row->bind.local;
        binder = past_binder_of(&reading->here, file, &row->bind);
        take_binder(row, &binder);
        find_state(reading, row, binder.lives);
        if (!is_wanted(reading->filter, row))
            continue;
        row->stack = past_stack(file, &row->bind, &rows->scratch);
        rows->count++;
    }
    return true;
}

static int compare(int64_t a, int64_t b)
{
    return a > b ? -1 : a < b;
}

/* Within a tick of the clock: the process that began to bind later, and its later bind, first. */
static int compare_times(const void *left, const void *right)
{
    const struct list_row *a = left, *b = right;
    int order = compare(a->bind.time_us, b->bind.time_us);

    if (order == 0)
        order = compare(a->process.opened_us, b->process.opened_us);
    return order != 0 ? order : compare((int64_t)a->bind.number, (int64_t)b->bind.number);
}

/* A socket without a cookie outlives its process unnoticed where a child has it: so what has the
 * address of one that is gone, and was made by no bind that is known, may be that. */
static void doubt_ends(struct reading *reading)
{
    struct list_rows *rows = reading->rows;

    for (size_t i = 0; i < rows->count; i++) {
        struct list_row *row = &rows->rows[i];

        if (row->state == LIST_ENDED && row->bind.cookie == 0 &&
            past_is_of_here(&reading->here, &row->process) &&
            list_sockets_has_untold(&reading->sockets, row->bind.protocol, &row->bind.local))
            row->state = LIST_UNKNOWN;
    }
}

/* Who has now what is in other hands than those that bound it. */
static void find_owners(struct list_rows *rows)
{
    const struct viewer nobody = {.pid = 0};
    struct scratch *scratch = &rows->scratch;
    struct holder *holders = scratch_take(scratch, OWNERS_MAX * sizeof *holders);
    size_t count = 0, i;
    uint32_t limits = 0;

    if (holders == NULL)
        return;
    for (i = 0; i < rows->count && count < OWNERS_MAX; i++)
        if (rows->rows[i].moved)
            holders[count++] = (struct holder){.inode = rows->rows[i].inode,
                                               .socket.state = STATE_LISTEN,
                                               .owner.fd = -1,
                                               .owner.relation = RELATION_UNSEEN};
    if (count > 0)
        owner_find(holders, count, &nobody, scratch, &limits);
    while (i-- > 0)
        if (rows->rows[i].moved)
            rows->rows[i].owner = holders[--count].owner;
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
    list_sockets_read(&reading.sockets);
    result = past_each(folder, PAST_EVERY_PORT, 0, &visitor);
    rows->skipped = result.skipped;
    doubt_ends(&reading);
    if (rows->count > 0)
        qsort(rows->rows, rows->count, sizeof *rows->rows, compare_times);
    list_sockets_free(&reading.sockets);
    find_owners(rows);
    return result.error;
}

void list_free(struct list_rows *rows)
{
    if (rows->memory != NULL)
        sys_unmap(rows->memory, SCRATCH_SIZE);
    free(rows->rows);
}

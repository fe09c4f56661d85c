/* Rows of a dump, kept, and holders made of them. For the tests of facts/ only. */
#ifndef UNIT_ROWS_H
#define UNIT_ROWS_H

#include <string.h>
#include <sys/stat.h>

#include "facts/sockdiag.h"
#include "rules/evidence.h"

struct rows {
    size_t count;
    size_t limit; /* stop the dump at this many; 0 = never */
    struct diag_result result;
    struct diag_row row[512];
};

static inline bool rows_keep(void *context, const struct diag_row *row)
{
    struct rows *rows = context;

    if (rows->count < sizeof rows->row / sizeof rows->row[0])
        rows->row[rows->count++] = *row;
    return rows->limit == 0 || rows->count < rows->limit;
}

/* The dump of `each` (sockdiag_each or procnet_each) for the query. */
static inline void rows_get(struct rows *rows,
                            struct diag_result (*each)(const struct diag_query *,
                                                       const struct diag_visitor *),
                            const struct diag_query *query)
{
    rows->count = 0;
    rows->result = each(query, &(struct diag_visitor){rows_keep, rows});
}

/* The row in this state, and with this remote port unless it is 0; NULL if there is none. */
static inline const struct diag_row *rows_find(const struct rows *rows, enum socket_state state,
                                               int remote_port)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->row[i].socket.state == state &&
            (remote_port == 0 || rows->row[i].remote.port == remote_port))
            return &rows->row[i];
    return NULL;
}

/* The row of the descriptor, by inode; NULL if there is none. */
static inline const struct diag_row *rows_of_fd(const struct rows *rows, int fd)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return NULL;
    for (size_t i = 0; i < rows->count; i++)
        if (rows->row[i].inode == status.st_ino)
            return &rows->row[i];
    return NULL;
}

/* Holders of the rows, one each, as owner_find() takes them. */
static inline void rows_to_holders(const struct rows *rows, struct holder *holders)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct diag_row *row = &rows->row[i];

        memset(&holders[i], 0, sizeof holders[i]);
        holders[i].socket = row->socket;
        holders[i].remote = row->remote;
        holders[i].count = 1;
        holders[i].inode = row->inode;
        holders[i].cookie = row->cookie;
    }
}

#endif

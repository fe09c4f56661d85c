#include "command/list_sockets.h"

#include <stdlib.h>

#include "command/command.h"
#include "command/console.h"

static bool visit_socket(void *context, const struct diag_row *row)
{
    struct list_sockets *sockets = context;

    if (row->inode == 0)
        return true;
    sockets->by_inode =
        console_grown(sockets->by_inode, &sockets->room, sockets->count, sizeof *sockets->by_inode);
    sockets->by_inode[sockets->count++] =
        (struct list_socket){.inode = row->inode,
                             .cookie = row->cookie,
                             .protocol = row->socket.protocol,
                             .local = row->socket.local,
                             .state = row->socket.state,
                             .connected = row->remote.family != FAMILY_NONE};
    return true;
}

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_inodes(const void *left, const void *right)
{
    const struct list_socket *a = left, *b = right;

    return compare(a->inode, b->inode);
}

static int compare_cookies(const void *left, const void *right)
{
    const struct list_socket *const *a = left, *const *b = right;

    return compare((*a)->cookie, (*b)->cookie);
}

static void sort(struct list_sockets *sockets)
{
    size_t room = 0;

    if (sockets->count == 0)
        return;
    qsort(sockets->by_inode, sockets->count, sizeof *sockets->by_inode, compare_inodes);
    for (size_t i = 0; i < sockets->count; i++) {
        sockets->by_cookie =
            console_grown(sockets->by_cookie, &room, i, sizeof *sockets->by_cookie);
        sockets->by_cookie[i] = &sockets->by_inode[i];
    }
    qsort(sockets->by_cookie, sockets->count, sizeof *sockets->by_cookie, compare_cookies);
}

void list_sockets_read(struct list_sockets *sockets)
{
    static const enum protocol protocols[] = {PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_UDPLITE,
                                              PROTOCOL_UNIX};
    const struct diag_visitor visitor = {visit_socket, sockets};

    *sockets = (struct list_sockets){.complete = true};
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        struct diag_query query = {.protocol = protocols[i]};
        struct diag_result result = sockdiag_each(&query, &visitor);

        if (protocols[i] != PROTOCOL_UDPLITE && (result.error != 0 || !result.complete))
            sockets->complete = false;
        if (protocols[i] == PROTOCOL_TCP && !result.bound_seen)
            sockets->complete = false;
    }
    sort(sockets);
}

struct list_socket *list_sockets_inode(const struct list_sockets *sockets, uint64_t inode)
{
    struct list_socket wanted = {.inode = inode};

    return sockets->count == 0 ? NULL
                               : bsearch(&wanted, sockets->by_inode, sockets->count,
                                         sizeof *sockets->by_inode, compare_inodes);
}

struct list_socket *list_sockets_cookie(const struct list_sockets *sockets, uint64_t cookie)
{
    struct list_socket wanted = {.cookie = cookie}, *key = &wanted, **found;

    if (sockets->count == 0 || cookie == 0)
        return NULL;
    found = bsearch(&key, sockets->by_cookie, sockets->count, sizeof *sockets->by_cookie,
                    compare_cookies);
    return found == NULL ? NULL : *found;
}

static bool is_bound_to(const struct list_socket *socket, enum protocol protocol,
                        const struct endpoint *local)
{
    return !socket->connected && socket->protocol == protocol &&
           endpoint_equal(&socket->local, local);
}

bool list_sockets_has(const struct list_sockets *sockets, enum protocol protocol,
                      const struct endpoint *local)
{
    for (size_t i = 0; i < sockets->count; i++)
        if (is_bound_to(&sockets->by_inode[i], protocol, local))
            return true;
    return false;
}

bool list_sockets_has_untold(const struct list_sockets *sockets, enum protocol protocol,
                             const struct endpoint *local)
{
    for (size_t i = 0; i < sockets->count; i++)
        if (!sockets->by_inode[i].told && is_bound_to(&sockets->by_inode[i], protocol, local))
            return true;
    return false;
}

void list_sockets_free(struct list_sockets *sockets)
{
    free(sockets->by_inode);
    free(sockets->by_cookie);
}

#include "command/unexplained.h"

#include "base/sys.h"
#include "command/list_rows.h"
#include "command/list_sockets.h"
#include "proc/process.h"

struct listener_search {
    struct text *text;
    struct list_rows rows;
    struct list_sockets sockets;
};

static bool is_remembered(const struct list_rows *rows, uint64_t inode)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->rows[i].inode == inode)
            return true;
    return false;
}

/* Each socket once, whatever number of descriptors it has. */
static bool visit(void *context, int32_t fd, uint64_t inode)
{
    struct listener_search *search = context;
    struct list_socket *socket = list_sockets_inode(&search->sockets, inode);
    struct text *text = search->text;

    (void)fd;
    if (socket == NULL || socket->told || socket->state != STATE_LISTEN)
        return true;
    socket->told = true;
    if (is_remembered(&search->rows, inode))
        return true;
    text_format(text, "%s%s ", text->used > 0 ? ", " : "", protocol_name(socket->protocol));
    endpoint_print(text, &socket->local);
    return true;
}

/* Returns whether all of process PID's sockets were looked at. */
static bool look(struct listener_search *search, int32_t pid)
{
    static char names[PROCESS_NAMES_SIZE];
    const struct socket_visitor visitor = {visit, search};
    int proc = process_folder(), error;

    if (proc < 0)
        return false;
    error = process_sockets(proc, pid, &visitor, names);
    sys_close(proc);
    return error == 0;
}

enum answer unexplained_listeners(struct text *text, int32_t pid, const char *folder)
{
    const struct list_filter filter = {.port = -1, .only_bound = true};
    struct listener_search search = {.text = text};
    bool known;

    if (!list_is_in_this_network(pid) || list_read(&search.rows, folder, &filter) != 0)
        return ANSWER_UNKNOWN;
    list_sockets_read(&search.sockets);
    known = look(&search, pid) && search.sockets.complete;
    list_sockets_free(&search.sockets);
    list_free(&search.rows);
    return text->used > 0 ? ANSWER_YES : known ? ANSWER_NO : ANSWER_UNKNOWN;
}

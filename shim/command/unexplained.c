#include "command/unexplained.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/list_rows.h"
#include "command/list_sockets.h"

enum { PATH_SIZE = 64, LINK_SIZE = 64 };

/* Sockets are looked up in this command's own network namespace. */
static bool is_same_network(const char *pid)
{
    char path[PATH_SIZE];
    struct stat own, other;

    snprintf(path, sizeof path, "/proc/%s/ns/net", pid);
    return stat("/proc/self/ns/net", &own) == 0 && stat(path, &other) == 0 &&
           own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

/* 0 for what is no socket. */
static uint64_t inode_of(int folder, const char *name)
{
    char link[LINK_SIZE];
    unsigned long long inode;
    ssize_t length = readlinkat(folder, name, link, sizeof link - 1);

    if (length <= 0)
        return 0;
    link[length] = '\0';
    return sscanf(link, "socket:[%llu]", &inode) == 1 ? inode : 0;
}

static bool is_remembered(const struct list_rows *rows, uint64_t inode)
{
    size_t i;

    for (i = 0; i < rows->count; i++)
        if (rows->rows[i].inode == inode)
            return true;
    return false;
}

/* Each socket once, whatever number of descriptors it has. */
static void look(struct text *text, DIR *folder, const struct list_sockets *sockets,
                 const struct list_rows *rows)
{
    struct dirent *entry;

    while ((entry = readdir(folder)) != NULL) {
        uint64_t inode = inode_of(dirfd(folder), entry->d_name);
        struct list_socket *socket = inode != 0 ? list_sockets_inode(sockets, inode) : NULL;

        if (socket == NULL || socket->told || socket->state != STATE_LISTEN)
            continue;
        socket->told = true;
        if (is_remembered(rows, inode))
            continue;
        text_format(text, "%s%s ", text->used > 0 ? ", " : "", protocol_name(socket->protocol));
        endpoint_print(text, &socket->local);
    }
}

enum answer unexplained_listeners(struct text *text, const char *pid, const char *folder)
{
    const struct list_filter filter = {.port = -1, .only_bound = true};
    struct list_rows rows = {.rows = NULL};
    struct list_sockets sockets = {.by_inode = NULL};
    char path[PATH_SIZE];
    DIR *descriptors;
    bool known;

    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    if (!is_same_network(pid) || (descriptors = opendir(path)) == NULL)
        return ANSWER_UNKNOWN;
    known = list_read(&rows, folder, &filter) == 0;
    if (known) {
        list_sockets_read(&sockets);
        known = sockets.complete;
        look(text, descriptors, &sockets, &rows);
        list_sockets_free(&sockets);
        list_free(&rows);
    }
    closedir(descriptors);
    return text->used > 0 ? ANSWER_YES : known ? ANSWER_NO : ANSWER_UNKNOWN;
}

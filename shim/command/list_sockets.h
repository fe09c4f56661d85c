/* What the kernel has bound now, to be looked up by inode, by cookie and by address. */
#ifndef REUSESHIM_COMMAND_LIST_SOCKETS_H
#define REUSESHIM_COMMAND_LIST_SOCKETS_H

#include "facts/sockdiag.h"

struct list_socket {
    uint64_t inode;
    uint64_t cookie;
    enum protocol protocol;
    struct endpoint local;
    enum socket_state state;
    bool connected;
    bool told; /* set by the caller: it is known which bind made it */
};

/* On the heap. */
struct list_sockets {
    struct list_socket *by_inode;
    struct list_socket **by_cookie;
    size_t count;
    size_t room;
    bool complete; /* every socket of this network namespace is in it */
};

/* Asks the kernel. Ends the program if there is no memory. */
void list_sockets_read(struct list_sockets *sockets);

/* The socket of INODE, or COOKIE (not 0); NULL if there is none. */
struct list_socket *list_sockets_inode(const struct list_sockets *sockets, uint64_t inode);
struct list_socket *list_sockets_cookie(const struct list_sockets *sockets, uint64_t cookie);

/* Is any socket that is not connected bound to exactly LOCAL? */
bool list_sockets_has(const struct list_sockets *sockets, enum protocol protocol,
                      const struct endpoint *local);

/* Is one of them not 'told'? */
bool list_sockets_has_untold(const struct list_sockets *sockets, enum protocol protocol,
                             const struct endpoint *local);

void list_sockets_free(struct list_sockets *sockets);

#endif

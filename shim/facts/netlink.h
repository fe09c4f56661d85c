/* Dumps over a netlink socket: one request, many messages. No heap, no lock, async-signal-safe;
 * errno is not kept.
 */
#ifndef REUSESHIM_FACTS_NETLINK_H
#define REUSESHIM_FACTS_NETLINK_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes for replies: the most that the kernel puts in one piece of a dump (netlink_recvmsg), if it
 * is given room for it; the fewest system calls. */
enum { NETLINK_REPLY_SIZE = 32 * 1024 };

/* Gets each message of LENGTH bytes, header and all; returns false to stop the dump. */
struct netlink_visitor {
    bool (*visit)(void *context, const void *message, size_t length);
    void *context;
};

/* What a dump was worth. */
struct netlink_result {
    int error;        /* 0 or -errno, of the transport or as the kernel said at the end */
    bool answered;    /* at least one message came */
    bool stopped;     /* by the visitor */
    bool interrupted; /* what is listed changed meanwhile: messages may be missing */
};

/* A netlink socket of PROTOCOL (NETLINK_SOCK_DIAG...), close-on-exec, to be closed; or -errno. */
int netlink_open(int protocol);

/* Sends REQUEST, SIZE bytes that begin with a struct nlmsghdr, and visits the messages that answer
 * its sequence number. REPLY is NETLINK_REPLY_SIZE bytes, aligned as mapped memory is. A dump that
 * was stopped leaves FD unusable for another one. */
struct netlink_result netlink_dump(int fd, const void *request, size_t size, char *reply,
                                   const struct netlink_visitor *visitor);

/* A run of attributes, and one of them. */
struct netlink_attributes {
    const char *next;
    size_t left; /* bytes */
};

struct netlink_attribute {
    unsigned int type; /* without its flags */
    const char *bytes;
    size_t size;
};

/* Takes the next one off LIST. False at its end, or where it is malformed: nothing is read outside
 * of it. Pure. */
bool netlink_next_attribute(struct netlink_attributes *list, struct netlink_attribute *attribute);

#endif

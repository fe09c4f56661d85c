/* One call that a supervised program is about to make, as the kernel tells of it. The caller sleeps
 * until notice_continue(); then the kernel makes the call, as that program and with its own
 * arguments. Nothing is ever made in its place.
 */
#ifndef REUSESHIM_SUPERVISE_NOTICE_H
#define REUSESHIM_SUPERVISE_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/endpoint.h"
#include "rules/evidence.h"

enum { NOTICE_SIZE = 512 }; /* bytes for the kernel's struct seccomp_notif, which may grow */

/* Where the notice lies that is being answered: shared with the guardian, who answers it if the
 * supervisor dies meanwhile. The kernel itself writes to it, so it is never half known. */
union notice_slot {
    char bytes[NOTICE_SIZE];
    uint64_t id; /* 0 = none is being answered */
};

struct notice {
    uint64_t id;
    int32_t tid;
    int32_t pid;        /* its process; 0 = not known */
    bool uring;         /* io_uring_setup, and none of the calls below */
    enum call call;
    bool narrow;        /* made by a 32-bit convention */
    uint64_t number;    /* of the system call, and its first argument: to make it again */
    uint64_t first;
    int fd;             /* of socket: -1 */
    int backlog;        /* of listen */
    char address[ENDPOINT_SOCKADDR_MAX]; /* of bind: a copy, for our eyes only */
    uint32_t length;    /* 0 = it could not be read */
    int domain, type, protocol; /* of socket */
    int level, option, value;   /* of setsockopt */
    uint32_t value_length;
};

/* Receives the next notice of LISTENER into SLOT and reads it. Returns 0, or -errno: -ENOENT and
 * -EINTR where it is gone already. */
int notice_receive(int listener, union notice_slot *slot, struct notice *notice);

/* Lets the call be made. Returns 0, or -errno: -ENOENT where the caller was killed meanwhile. */
int notice_continue(int listener, union notice_slot *slot, uint64_t id);

/* Is the caller still waiting? Only then what was read by its number is about it. */
bool notice_is_valid(int listener, const struct notice *notice);

/* Fills its process. False if that is gone. What was found is kept for the next notice of the same
 * thread, as long as its process lives. */
bool notice_find_process(struct notice *notice);

/* A copy of the caller's descriptor, to be closed soon: while it is open it keeps the socket. Or
 * -errno. */
int notice_copy_descriptor(const struct notice *notice, int fd);

#endif

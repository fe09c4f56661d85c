/* What is told about a call: its failure with EADDRINUSE explained, or, under the policy log, that
 * it was made. Called after the kernel has answered. errno is not kept.
 */
#ifndef REUSESHIM_HOOK_EXPLAIN_H
#define REUSESHIM_HOOK_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "table/repeat.h"
#include "unwind/trace.h"
#include "report/record.h"
#include "rules/endpoint.h"

struct sockaddr;

/* A bind or listen that was made on FD for LOCAL. */
struct made {
    enum call call;
    int fd;
    struct endpoint local; /* of bind: as given; of listen: as bound, port 0 if it is not */
    int result;
    int error;             /* errno of a failure */
    int backlog;           /* of listen */
    uint32_t waits_ms;     /* for so long it will be tried again */
    const struct sockaddr *address; /* of bind: the program's own memory */
    unsigned int length;
    const struct trace *trace;
    uintptr_t place;                /* where the call returns to */
    struct descriptor_word past;    /* of FD, before the call */
    bool later;                     /* told some time after it was made */
};

/* Counts MADE, which failed with EADDRINUSE. True if there is something to tell, by the measure of
 * table/repeat.h: explain_failure() is to follow. */
bool explain_wants(const struct made *made, struct repeat *repeat);

/* The same for a bind at PLACE that failed with ERROR, which is no other socket's doing: true once
 * for each place and error that can be explained (EADDRNOTAVAIL, EACCES of an IP address), since
 * programs try addresses. */
bool explain_wants_once(int error, const struct sockaddr *address, unsigned int length,
                        uintptr_t place, struct repeat *repeat);

/* Explains MADE, whose stack should be known now, or tells how often it was repeated. */
void explain_failure(const struct made *made, const struct repeat *repeat);

/* Explains the last failures of walks that have come to no end (table/walk.h): of those that have
 * paused, or of all AT_EXIT. */
void explain_walks(bool at_exit);

/* Tells of MADE, whatever its result. */
void explain_log(const struct made *made);

/* Tells of a socket call; of a setsockopt call with VALUE. */
void explain_log_socket(int domain, int type, int result, int error);
void explain_log_option(int fd, int level, int option, int value, int result, int error);

/* Tells that the policy set OPTION of LEVEL to VALUE (EVENT_FORCED), or left it alone
 * (EVENT_LEFT_ALONE), and WHY (may be NULL). */
void explain_policy(enum event event, const struct made *made, int level, int option, int value,
                    const char *why);

#endif

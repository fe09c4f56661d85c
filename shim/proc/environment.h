/* The environment of a process, as it was at its start. No heap, no lock; errno is not kept. */
#ifndef REUSESHIM_PROC_ENVIRONMENT_H
#define REUSESHIM_PROC_ENVIRONMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/scratch.h"

enum { ENVIRONMENT_SIZE = 32768 }; /* bytes that are looked at */

struct environment {
    struct loan loan;
    size_t length;
};

/* Reads that of process PID (0 = this one) of the folder PROC; empty where it may not be read. To
 * be given back by environment_leave(). */
struct environment environment_read(int proc, int32_t pid, struct scratch *scratch);
void environment_leave(struct environment *environment, struct scratch *scratch);

/* The value of the variable NAME; NULL = there is none. */
const char *environment_value(const struct environment *environment, const char *name);

#endif

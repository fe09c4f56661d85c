/* A process and what it runs, as one step of a chain of parents. Part of identity_read(). No heap,
 * no lock; errno is not kept.
 */
#ifndef REUSESHIM_PROC_STEP_H
#define REUSESHIM_PROC_STEP_H

#include "proc/known.h"

enum {
    STEP_ARGS_SIZE = 4096, /* bytes of a command line that are looked at */
    STEP_PATH_SIZE = 512
};

struct step {
    int32_t pid; /* 0 = nothing has been read */
    struct procstat stat;
    size_t args_length;
    char args[STEP_ARGS_SIZE];
    char exe[STEP_PATH_SIZE];     /* "" = not known */
    char program[STEP_PATH_SIZE]; /* rules/program.h */
};

/* Fills STEP for process PID, unless it is that one already. False if the process is gone. */
bool step_read(struct known *known, int32_t pid, struct step *step);

#endif

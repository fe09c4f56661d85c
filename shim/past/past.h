/* The histories of other processes, dead or alive: found, read, and checked against what is
 * running now. No heap, no lock; errno is not kept. Files are read, never mapped: one that is cut
 * short meanwhile costs no SIGBUS.
 */
#ifndef REUSESHIM_PAST_PAST_H
#define REUSESHIM_PAST_PAST_H

#include "past/past_file.h"
#include "past/history_folder.h"

enum {
    PAST_BUDGET_MS = 60,    /* for one look during an explanation */
    PAST_FILES_MAX = 65536, /* names looked at */
    PAST_EVERY_PORT = -1
};

/* Where we are: a history of elsewhere says nothing about sockets here. */
struct past_here {
    char boot[40];
    uint64_t network;
    uint64_t processes;
    int64_t now_us;
};

void past_here(struct past_here *here);

/* Was FILE written in this boot, and in this network namespace, as far as it is known? */
bool past_is_of_here(const struct past_here *here, const struct history_process *process);

/* The process that made a bind. */
struct past_binder {
    int32_t pid;
    int32_t parent;        /* 0 = not known */
    uint64_t start_ticks;         /* start time in ticks; 0 = not known */
    bool elsewhere;        /* those are numbers of another pid namespace, or may be */
    enum answer lives;     /* UNKNOWN if elsewhere */
    int64_t ended_us;      /* exit() was called then, after the bind; 0 = it was not */
    int64_t found_dead_us; /* was seen to be gone then; 0 = nobody looked */
};

/* Who made BIND, read from FILE. Where he is gone without having called exit(), and nobody has
 * noted it, that is noted: in FILE itself, if it is our user's. */
struct past_binder past_binder_of(const struct past_here *here, const struct past_file *file,
                                  const struct past_bind *bind);

/* Gets each history, the youngest first; returns false to end the look. The file is valid during
 * the call only. */
struct past_visitor {
    bool (*visit)(void *context, struct past_file *file);
    void *context;
};

struct past_result {
    int error;        /* 0, or -errno: no such folder, not permitted, -EPERM: not to be trusted */
    uint32_t skipped; /* files that are no histories that we understand */
    bool complete;    /* all were read, within the time */
};

/* Visits the histories in the folder PATH that tell of PORT (or PAST_EVERY_PORT; AF_UNIX has 0),
 * for BUDGET_MS at most (0 = as long as it takes). */
struct past_result past_each(const char *path, int port, int64_t budget_ms,
                             const struct past_visitor *visitor);

/* True if BIND, read from FILE, is still there as it was: the writer may have given its place to a
 * newer one while the file was being read. */
bool past_confirm(const struct past_file *file, const struct past_bind *bind);

#endif

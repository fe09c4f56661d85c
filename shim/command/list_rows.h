/* What is bound, and was: the rows of `reuseshim list`. */
#ifndef REUSESHIM_COMMAND_LIST_ROWS_H
#define REUSESHIM_COMMAND_LIST_ROWS_H

#include "past/past.h"

/* Whether a bind of the past still holds. */
enum list_state {
    LIST_UNKNOWN = 0,
    LIST_BOUND,
    LIST_LISTENS,
    LIST_CONNECTED,
    LIST_CLOSED, /* its process lives, and has it no more */
    LIST_ENDED,  /* its process is gone, and as far as can be told nobody has it */
    LIST_STATE_COUNT
};

/* Is it bound now? */
bool list_is_bound(enum list_state state);

struct list_row {
    struct history_process process; /* of its file; but who he is, that is of the binder */
    struct past_bind bind;
    enum list_state state;
    struct endpoint local;          /* with the port that the kernel picked, if it can be told */
    uint64_t inode;                 /* of the socket, if it is there; else 0 */
    uint64_t cookie;                /* 0 = not known */
    bool elsewhere;                 /* its process's numbers are of another pid namespace */
    bool moved;                     /* it is there, and not where its process bound it */
    struct owner owner;             /* of one that has moved; pid 0 = not known */
    enum answer ended;              /* is its process gone? */
    int64_t ended_us;               /* 0 = not known */
    int64_t found_dead_us;          /* it was gone by then; 0 = not known */
    struct stack stack;             /* without symbols until somebody wants them */
};

/* Which rows are wanted. */
struct list_filter {
    int port;            /* -1 = every port */
    int32_t pid;         /* 0 = every process */
    const char *program; /* a glob of its name; NULL = every program */
    int64_t since_us;    /* bound since then; 0 = ever */
    bool only_bound;     /* now */
};

/* Rows on the heap, the youngest first. */
struct list_rows {
    struct list_row *rows;
    size_t count;
    size_t room;
    uint32_t skipped;       /* files that are no histories */
    struct scratch scratch; /* of strings and stacks */
    void *memory;
};

/* Is process PID in the network namespace of this command now? */
bool list_is_in_this_network(int32_t pid);

/* Adds the rows of FOLDER that FILTER wants. Returns 0 or -errno of history_folder_open(). */
int list_read(struct list_rows *rows, const char *folder, const struct list_filter *filter);

/* Gives all of it back. */
void list_free(struct list_rows *rows);

#endif

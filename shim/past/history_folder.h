/* The folder of histories: who may use it, and how it is kept small. No heap, no lock;
 * async-signal-safe; errno is not kept.
 */
#ifndef REUSESHIM_PAST_HISTORY_FOLDER_H
#define REUSESHIM_PAST_HISTORY_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "past/history_format.h"

/* How much may be kept. */
struct history_limits {
    uint32_t process_bytes; /* HISTORY_SIZE_MIN to HISTORY_SIZE_MAX */
    uint64_t folder_bytes;
    int64_t age_s;          /* after a process has ended */
};

/* What a file's name tells: "PID-BORN-OPENED.binds". */
struct history_name {
    int32_t pid;
    uint64_t start_ticks;
    uint64_t opened_us;
};

enum { HISTORY_NAME_MAX = 72 }; /* bytes, with the NUL */

void history_name_print(const struct history_name *name, char text[HISTORY_NAME_MAX]);

/* False if TEXT is no such name. What this accepts, history_name_print writes in the same way. */
bool history_name_parse(const char *text, struct history_name *name);

/* Opens the folder PATH, made with mode 0700 if MAKE and it is not there. Returns a descriptor, or
 * -errno: -ENOTDIR, also for a link; -EPERM if it belongs to another user (who are not root, and
 * reading, that is without MAKE) or is open to others. */
int history_folder_open(const char *path, bool make);

/* Can a file of the file system that FD is on be written to through memory, with no store ever
 * failing?
 */
bool history_folder_fits(int fd);

/* The first who sees that a process has gone without a word notes when, in its file FD. */
void history_note_death(int fd, int64_t now_us);

/* The names of the histories in the open folder FOLDER, unsorted, at most MAX. Returns how many
 * there are, which may be more than MAX; or -errno. */
long history_folder_list(int folder, struct history_name *names, size_t max);

/* Sorts by opened_us, the oldest first. */
void history_names_sort(struct history_name *names, size_t count);

enum {
    HISTORY_PRUNE_FILES = 64, /* looked at by each process that makes a file; of more only if */
    HISTORY_PRUNE_MS = 20     /* ... there are too many, and for that long of its own time */
};

/* Removes histories of processes that have been dead for too long, and, if there are too many,
 * those of the dead that started first. Never one of a living process, nor a file of another name.
 * Returns 0 if there is room for one more, else -ENOSPC. */
int history_folder_prune(int folder, const struct history_limits *limits);

#endif

/* What is read once of the processes that one look is about: each one's /proc/PID/stat, and the
 * last user's name. No heap, no lock; async-signal-safe; errno is not kept.
 */
#ifndef REUSESHIM_PROC_KNOWN_H
#define REUSESHIM_PROC_KNOWN_H

#include "base/scratch.h"
#include "proc/procstat.h"

enum { KNOWN_MAX = 24 }; /* processes; of further ones the place of the oldest is taken */

struct known {
    int proc; /* the folder /proc, open */
    size_t count;
    struct known_process {
        int32_t pid;
        int error; /* 0, or -errno: it could not be read */
        struct procstat stat;
    } processes[KNOWN_MAX];
    int64_t uid; /* whose name 'user' is; -1 = nobody has been asked for */
    const char *user;
};

/* A struct for the open folder PROC, in SCRATCH; NULL if there is no room. */
struct known *known_in(int proc, struct scratch *scratch);

/* As procstat_read(), for what it was when first asked for. */
int known_stat(struct known *known, int32_t pid, struct procstat *stat);

/* The parent of process PID, 0 if it has none or is gone. */
int32_t known_parent(struct known *known, int32_t pid);

/* The name of user UID in /etc/passwd, NULL = it has none there. It lives in SCRATCH. */
const char *known_user(struct known *known, int64_t uid, struct scratch *scratch);

#endif

#include "facts/confinement.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "rules/conflict.h"

/* What this thread saw, if it is to be kept. Written by itself alone: a handler that interrupts it
 * either keeps out (hook/guard.h) or sees the same. */
static _Thread_local enum { FORGOTTEN = 0, WANTED, SEEN } kept;
static _Thread_local struct confinement seen;

/* Lines that we want are short; of a longer one (Groups) the rest is skipped. */
enum { LINE_MAX_BYTES = 512 };

/* The decimal number at the start of TEXT, blanks before it skipped. */
static int64_t number_at(const char *text)
{
    int64_t number = 0;

    while (*text == ' ' || *text == '\t')
        text++;
    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (*text - '0');
    return number;
}

static const char *value_of(const char *line, const char *key)
{
    size_t length = strlen(key);

    return strncmp(line, key, length) == 0 ? line + length : NULL;
}

static void take_line(struct confinement *confinement, const char *line)
{
    const char *value;

    if ((value = value_of(line, "Name:\t")) != NULL)
        memcpy(confinement->comm, value, strnlen(value, sizeof confinement->comm - 1));
    else if ((value = value_of(line, "Tgid:")) != NULL)
        confinement->pid = (int32_t)number_at(value);
    else if ((value = value_of(line, "Pid:")) != NULL)
        confinement->tid = (int32_t)number_at(value);
    else if ((value = value_of(line, "Uid:\t")) != NULL && (value = strchr(value, '\t')) != NULL)
        confinement->uid = number_at(value); /* real, effective, saved, file system's */
    else if ((value = value_of(line, "Seccomp:")) != NULL)
        confinement->on = number_at(value) != 0;
}

static void take_lines(struct confinement *confinement, int fd)
{
    char line[LINE_MAX_BYTES];
    char bytes[LINE_MAX_BYTES];
    size_t used = 0;
    long got, i;

    while ((got = sys_read(fd, bytes, sizeof bytes)) > 0)
        for (i = 0; i < got; i++) {
            if (bytes[i] != '\n') {
                if (used < sizeof line - 1)
                    line[used++] = bytes[i];
                continue;
            }
            line[used] = '\0';
            take_line(confinement, line);
            used = 0;
        }
}

static void look(struct confinement *confinement)
{
    int flags = O_RDONLY | O_NOCTTY | O_NONBLOCK; /* should a FIFO be in its place */
    int fd = sys_open_at(AT_FDCWD, "/proc/thread-self/status", flags, 0);

    memset(confinement, 0, sizeof *confinement);
    confinement->uid = UID_UNKNOWN;
    if (fd < 0)
        return;
    take_lines(confinement, fd);
    sys_close(fd);
}

void confinement_keep(bool keep)
{
    kept = keep ? WANTED : FORGOTTEN;
}

/* /proc/thread-self is there since Linux 3.17. A filter may be on one thread alone. */
void confinement_look(struct confinement *confinement)
{
    if (kept == SEEN) {
        *confinement = seen;
        return;
    }
    look(confinement);
    if (kept == WANTED) {
        seen = *confinement;
        kept = SEEN;
    }
}

#include "confine/confinement.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/lines.h"
#include "table/lock.h"
#include "rules/conflict.h"

static const char OWN_STATUS[] = "/proc/thread-self/status";

_Thread_local enum confinement_state confinement_kept;

/* What this thread saw, if it is to be kept. */
static _Thread_local struct confinement seen;

/* The descriptor of a look that is going on, plus 1. Of each thread, as above. While the file is
 * being opened its number is not known yet; it is one of the first, as most programs have it. */
enum { NOT_LOOKING = 0, OPENING = -1, TIDY_MAX = 1023 };
static _Thread_local volatile int looking;

/* What is known of a filter because it was there at the start, or was seen to come. Written by
 * confinement_expect(). */
static struct {
    _Atomic bool on; /* written when the rest has been */
    _Atomic bool may_look;
    struct confinement before; /* of the thread that put it on */
} expected;
static _Thread_local bool put_on_here;

/* For a thread that was ended in the midst of a look: this many turns on the processor, whatever a
 * clock says. Where the processor is short, the one that looks has as few. */
enum { WAIT_TURNS_MAX = 10000, SPINS_PER_TURN = 50000 };

static const char *value_of(const char *line, const char *key)
{
    return text_begins_with(line, key) ? line + strlen(key) : NULL;
}

/* The lines that are a number, and where it goes. RssAnon follows VmRSS, since Linux 4.5. */
static const struct {
    char key[17];
    unsigned char offset;
} numbers[] = {
    {"Tgid:", offsetof(struct confinement, pid)},
    {"Pid:", offsetof(struct confinement, tid)},
    {"VmRSS:", offsetof(struct confinement, anonymous_kib)},
    {"RssAnon:", offsetof(struct confinement, anonymous_kib)},
    {"Threads:", offsetof(struct confinement, threads)},
    {"Seccomp:", offsetof(struct confinement, mode)},
    {"Seccomp_filters:", offsetof(struct confinement, filters)},
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

/* Returns false if no line that follows matters. */
static bool take_line(void *context, const char *line)
{
    struct confinement *confinement = context;
    const char *value;
    size_t i = 0;

    if ((value = value_of(line, "Name:\t")) != NULL)
        memcpy(confinement->comm, value, text_length(value, sizeof confinement->comm - 1));
    else if ((value = value_of(line, "Uid:\t")) != NULL && (value = strchr(value, '\t')) != NULL)
        confinement->uid = (int64_t)text_number_at(value); /* real, effective, ... */
    while (i < NUMBERS && (value = value_of(line, numbers[i].key)) == NULL)
        i++;
    if (i < NUMBERS) {
        uint64_t read = text_number_at(value);
        int32_t number = read > INT32_MAX ? INT32_MAX : (int32_t)read;

        memcpy((char *)confinement + numbers[i].offset, &number, sizeof number);
        return i < NUMBERS - 2 || (i == NUMBERS - 2 && number != 0);
    }
    return true;
}

static void look(struct confinement *confinement)
{
    int flags = O_RDONLY | O_NOCTTY | O_NONBLOCK; /* should a FIFO be in its place */
    int fd;

    looking = OPENING;
    fd = sys_open_at(AT_FDCWD, OWN_STATUS, flags, 0);
    looking = fd < 0 ? NOT_LOOKING : fd + 1;
    memset(confinement, 0, sizeof *confinement);
    confinement->uid = UID_UNKNOWN;
    if (fd < 0)
        return;
    lines_each_head(fd, take_line, confinement);
    confinement->on = confinement->mode != 0;
    looking = NOT_LOOKING;
    sys_close(fd);
}

/* Nobody else opens this thread's file, and non-blocking: it is none of the program's. */
static bool is_a_look(int fd)
{
    long flags = sys_call(SYS_fcntl, fd, F_GETFL);
    struct sys_file own, file;

    return flags >= 0 && (flags & (O_ACCMODE | O_NONBLOCK)) == (O_RDONLY | O_NONBLOCK) &&
           sys_file_of_fd(fd, &file) == 0 &&
           sys_file_of_target(AT_FDCWD, OWN_STATUS, &own) == 0 && sys_file_same(&file, &own);
}

void confinement_tidy(void)
{
    int fd = looking > 0 ? looking - 1 : 0;
    int last = looking > 0 ? fd : TIDY_MAX;

    if (sys_in_look)
        confinement_release();
    if (looking == NOT_LOOKING)
        return;
    while (fd <= last && !is_a_look(fd))
        fd++;
    if (fd <= last)
        sys_close(fd);
    looking = NOT_LOOKING;
}

bool confinement_is_on(void)
{
    struct confinement confinement;

    confinement_look(&confinement);
    return confinement.on;
}

void confinement_lift(void)
{
    memset(&seen, 0, sizeof seen);
    confinement_kept = CONFINEMENT_SEEN;
}

bool confinement_expect(bool may_look)
{
    bool first = !expected.on;

    if (first) {
        look(&expected.before);
        put_on_here = true;
        lock_mark(LOCK_MARK_FILTER);
        expected.may_look = true;
    }
    if (!may_look)
        atomic_store(&expected.may_look, false);
    atomic_store(&expected.on, true);
    return first;
}

void confinement_expect_none(void)
{
    expected.on = false;
}

bool confinement_may_look(void)
{
    return !expected.on || expected.may_look;
}

/* As far as it still goes for this process and this thread. */
static void take_expected(struct confinement *confinement)
{
    *confinement = expected.before;
    confinement->on = true;
    if (!lock_marked(LOCK_MARK_FILTER))
        confinement->pid = 0;
    if (!lock_marked(LOCK_MARK_FILTER) || !put_on_here)
        confinement->tid = 0;
}

/* /proc/thread-self is there since Linux 3.17. A filter may be on one thread alone. */
void confinement_look(struct confinement *confinement)
{
    if (confinement_kept == CONFINEMENT_SEEN) {
        *confinement = seen;
        return;
    }
    if (confinement_may_look())
        look(confinement);
    if (expected.on && (!expected.may_look || confinement->pid == 0))
        take_expected(confinement);
    if (confinement_kept == CONFINEMENT_WANTED) {
        seen = *confinement;
        confinement_kept = CONFINEMENT_SEEN;
    }
}

void confinement_hold(void)
{
    sys_in_look = true;
    lock_count(1);
}

void confinement_release(void)
{
    lock_count(-1);
    sys_in_look = false;
}

/* A look's thread gets the processor soonest where this one sleeps, which a filter may forbid. */
static void wait_a_turn(bool may_sleep)
{
    static const long millisecond[2] = {0, 1000000}; /* timespec of this number */
    int spins;

    if (may_sleep)
        sys_call(SYS_ppoll, NULL, 0L, &millisecond, NULL, 0L);
    for (spins = 0; !may_sleep && spins < SPINS_PER_TURN && lock_count(0) > 0; spins++)
        ;
}

void confinement_wait(bool may_sleep)
{
    int turns;

    atomic_store(&sys_gate_closed, true);
    for (turns = 0; turns < WAIT_TURNS_MAX && lock_count(0) > 0; turns++)
        wait_a_turn(may_sleep);
    atomic_store(&sys_gate_closed, false);
}

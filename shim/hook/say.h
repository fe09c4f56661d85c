/* Telling: from a value to a record in the log. May be called wherever a hook may be: memory comes
 * from a mapping of its own, or from one static reserve where none can be had. errno is not kept.
 */
#ifndef REUSESHIM_HOOK_SAY_H
#define REUSESHIM_HOOK_SAY_H

#include "base/sys.h"
#include "base/scratch.h"
#include "confine/confinement.h"
#include "unwind/trace.h"
#include "report/record.h"
#include "rules/settings.h"

/* Memory for one record, and whether the thread is confined (seccomp): then the record is made and
 * written without a system call that a filter may forbid. */
struct room {
    struct confinement confinement;
    struct scratch scratch;
    char *bytes; /* for the finished record */
    size_t size;
    void *mapping;    /* NULL = the static reserve */
    bool holds;       /* signals are held back until say_close(); not where confined */
    struct sys_signals blocked; /* ... and these were blocked before */
};

/* Looks whether the thread is confined, holds signals back, and makes ROOM. False if there is
 * none. */
bool say_open(struct room *room);
void say_close(struct room *room);

/* TRACE as a stack to be told: with modules and symbols, or bare where that would take system calls
 * that a filter may forbid. And the same for one that is not shown, without symbols. */
struct stack say_stack(const struct trace *trace, struct room *room);
struct stack say_modules(const struct trace *trace, struct room *room);

/* A record of EVENT about CALL on FD, with the caller and the time filled in. */
struct record say_record(struct room *room, enum event event, enum call call, int fd);

/* Prints RECORD as the settings want it and writes it. */
void say_write(struct room *room, const struct record *record);

/* LINE is about a setting that cannot be followed: one that settings_print_error() tells of, a log
 * that cannot be written, or a folder that cannot be used for the history. */
void say_setting_error(const char *line);
void say_log_error(const struct settings *settings, int error);
void say_history_error(const struct settings *settings, int error);

#endif

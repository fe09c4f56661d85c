/* Telling of a supervised program's call: the same records and words as the library's, written to
 * the same place. Where that is the program's standard error it is written to that very
 * descriptor, taken from the program for a moment and only while it is still what it was at start.
 */
#ifndef REUSESHIM_SUPERVISE_TELL_H
#define REUSESHIM_SUPERVISE_TELL_H

#include "report/record.h"
#include "rules/settings.h"
#include "supervise/memory.h"

/* A call on its way, as far as it is known. */
struct told {
    const struct notice *notice;
    struct endpoint local;
    enum protocol protocol;
    int64_t result;      /* 0 or more, or -errno */
    uint32_t waits_ms;   /* for so long it will be tried again */
    bool by_policy;      /* SO_REUSEADDR is as the policy wants it */
    const struct snapshot *snapshot; /* NULL = there is no stack */
};

/* Once, before the first: descriptor 2, and that of fd:N, are still what the program starts with.
 * False if there is no memory. */
bool tell_open(const struct settings *settings, const struct memory_shared *memory);

/* Nothing of the caller's stays open here. */
void tell_let_go(void);

/* A failure with EADDRINUSE, with measure (table/repeat.h). */
void tell_failure(const struct told *told);

/* A bind that worked: the end of a program's walk from port to port, if it was on one. */
void tell_success(const struct told *told);

/* Any call, under the policy log. */
void tell_call(const struct told *told);

/* OPTION of LEVEL was set to VALUE by the policy (EVENT_FORCED), or left alone, and WHY. */
void tell_policy(enum event event, const struct told *told, int level, int option, int value,
                 const char *why);

/* LINE, about something that cannot be seen of the caller. */
void tell_line(const struct notice *notice, const char *line);

#endif

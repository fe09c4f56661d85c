/* What this process bound, where other processes can read it, also after its end: the writer.
 *
 * One file a process, mapped; a bind is written with stores alone: no system call, no lock, nothing
 * waited for, async-signal-safe. The file is made by history_open(), at the first bind or before a
 * seccomp filter; in a child of fork at the child's own first bind. Until then a child writes to
 * its parent's file where it is about sockets that the parent bound. A child of vfork shares its
 * parent's memory, and cannot be told from it without a system call: its binds are taken for its
 * parent's, whose code it runs. But it makes no file, which would be in its own name.
 *
 * Every failure means that nothing is remembered; no program is held up, or ended, by it.
 */
#ifndef REUSESHIM_PAST_HISTORY_H
#define REUSESHIM_PAST_HISTORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rare.h"
#include "table/descriptor.h"
#include "past/history_folder.h"
#include "unwind/trace.h"
#include "rules/evidence.h"

/* History is wanted. Once, from the constructor or the first hook; without it nothing below does
 * anything. */
void history_init(void);

/* True for the one caller that has to call history_open() or history_give_up(); meanwhile others
 * go on without history. One load in the usual case. */
bool history_wants_opening(void);

/* Makes this process's file in the folder PATH for PROCESS, whose opened_us is filled in here, and
 * keeps the folder small. Returns 0 or -errno. */
int history_open(const char *path, const struct history_limits *limits,
                 struct history_process *process);
void history_give_up(void);

/* In place of these: nothing is done; that is left to the next caller. */
void history_put_off(void);

/* This process or an ancestor of it by fork has made a file. */
bool history_has_ancestor(void);

/* The process whose file it is, 0 if there is none; and its program's path, "" if it is not
 * known. */
int32_t history_owner(void);
const char *history_program(void);

/* True if there is a file to write to. Waits a little if another thread is making it. */
bool history_is_open(void);

/* The file of this process, NULL if it has none (yet). */
struct history_file;
struct history_file *history_own(void);

/* Fills PCS with the return addresses of TRACE that FILE has not; returns how many. */
size_t history_unknown(const struct history_file *file, const struct trace *trace,
                       uintptr_t pcs[TRACE_FRAMES_MAX]);

/* Remembers in FILE where the code of COUNT PLACES is: pc, module, offset and build id. */
void history_learn(struct history_file *file, const struct place *places, size_t count);

/* FD was bound to LOCAL, at the time TIME_US, with TRACE. To be called after descriptor_bind(). */
void history_bind(enum protocol protocol, const struct endpoint *local, int fd, int64_t time_us,
                  const struct trace *trace);

/* The socket under FD, of the bind just remembered, has SO_COOKIE COOKIE. */
void history_cookie(int fd, uint64_t cookie);

/* A listen() on FD worked. To be called after descriptor_listen(). */
void history_listen(int fd);

/* A setsockopt of option KIND to VALUE on FD worked. To be called after descriptor_option(). */
void history_option(int fd, enum option_kind kind, bool value);

/* For each descriptor, where its bind is; 0 = nowhere. Written by the hooks, each for its own
 * descriptor; zero pages until then. history.c knows how to read it. */
extern OURS _Atomic uint64_t history_refs[DESCRIPTORS_MAX];

/* FD was given to a new socket. Inline: each socket() of each program comes here. */
HOT void history_forget(int fd)
{
    if ((unsigned int)fd < DESCRIPTORS_MAX &&
        atomic_load_explicit(&history_refs[fd], memory_order_relaxed) != 0)
        atomic_store_explicit(&history_refs[fd], 0, memory_order_relaxed);
}

/* The process ends by exit(). */
void history_end(void);

#endif

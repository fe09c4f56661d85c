/* Small pieces of sentences: durations, counts, options, stacks, names of processes. Pure. */
#ifndef REUSESHIM_REPORT_WORDS_H
#define REUSESHIM_REPORT_WORDS_H

#include "rules/evidence.h"

enum {
    WORDS_NAME_MAX = 64,   /* bytes shown of a program's name */
    WORDS_PATH_MAX = 1024, /* bytes shown of a path or unit */
    WORDS_FRAMES_MAX = 6,  /* frames shown of a stack */
    WORDS_FRAMES_FEW = 2   /* ... where there is little room */
};

/* "350 ms", "53 s", "12 min", "3 h", "5 d"; rounded up: waiting takes no longer than is said. */
void words_duration(struct text *text, int64_t ms);

/* "7 s ago", rounded down: it is that old at least. "just now" below a second and for what lies in
 * the future. Both in microseconds. */
void words_ago(struct text *text, int64_t then_us, int64_t now_us);

/* " 7 s ago" since ENDED_US; where that is not known (0), " at least 7 s ago" since FOUND_DEAD_US,
 * if that is known, and a second ago. */
void words_end(struct text *text, int64_t ended_us, int64_t found_dead_us, int64_t now_us);

/* "1 connection", "12 connections". */
void words_count(struct text *text, uint64_t count, const char *thing);

/* A string from outside, fit for a terminal; NULL is nothing. */
void words_shown(struct text *text, const char *string, size_t limit);

/* "SO_REUSEADDR 1, SO_REUSEPORT 0": of what is known, the first of these; the second only if it is
 * on or ASKS_REUSEPORT. Returns false if nothing was added. */
bool words_options(struct text *text, const struct options *options, bool asks_reuseport);

/* "open_listener+0x42 (server+0x1a42) < main+0x91 (server+0x1b30)". What lies outside main is left
 * out, and the frames of interpreters and runtimes; then all but the first MOST frames. Names of
 * C++, Rust and D are shown as people write them. Returns false if nothing was added. */
bool words_has_stack(const struct stack *stack);
bool words_stack(struct text *text, const struct stack *stack, size_t most);

/* "nginx[812]", "pid 812", "" if nothing is known; at most LIMIT bytes of the name. */
void words_process(struct text *text, const char *comm, int32_t pid, size_t limit);

/* Who has HOLDER, within a sentence: "nginx[812]", "this process", "a process of root", "another
 * socket" (also for NULL). At most LIMIT bytes of the name. */
void words_holder(struct text *text, const struct holder *holder, size_t limit);

/* "user root", "uid 33": the user of HOLDER's socket, which is known. */
void words_user(struct text *text, const struct holder *holder);

/* Was HOLDER bound by a run of CALLER's program that has ended, by all that is remembered? */
bool words_is_previous_run(const struct holder *holder, const struct caller *caller);

#endif

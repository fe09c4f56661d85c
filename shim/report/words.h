/* Small pieces of sentences: durations, counts, options, stacks, and who has a socket. Pure. */
#ifndef REUSESHIM_REPORT_WORDS_H
#define REUSESHIM_REPORT_WORDS_H

#include "rules/evidence.h"

enum {
    WORDS_NAME_MAX = 64,   /* bytes shown of a program's name */
    WORDS_PATH_MAX = 1024, /* bytes shown of a path or unit */
    WORDS_FRAMES_MAX = 6   /* frames shown of a stack */
};

/* "350 ms", "53 s", "12 min", "3 h", "5 d"; rounded up. */
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
 * out. Returns false if nothing was added. */
bool words_stack(struct text *text, const struct stack *stack);

/* "nginx[812]", "pid 812", "" if nothing is known. */
void words_process(struct text *text, const char *comm, int32_t pid);

/* Who has HOLDER, as the subject of a sentence: "nginx[812]", "This process", "worker[9], a child
 * of this process,", "Somebody unseen". */
void words_holder(struct text *text, const struct holder *holder);

/* What else is known of it: " (fd 6, bound 3 h ago, unit nginx.service)", or nothing. CALLER_UID
 * is the user who asks: another one is named. */
void words_details(struct text *text, const struct holder *holder, int64_t now_us,
                   int64_t caller_uid);

/* Sentences on what is odd about the owner, each with a blank in front: stopped, deleted program
 * file, descriptor shared with others. */
void words_remarks(struct text *text, const struct holder *holder);

#endif

/* What the parts of the writer share; for history*.c only. */
#ifndef REUSESHIM_PAST_HISTORY_PARTS_H
#define REUSESHIM_PAST_HISTORY_PARTS_H

#include "past/history.h"

/* The mapped file, as it lies there; the rings are behind it: first that of port 0. */
struct history_file {
    union {
        struct history_header header;
        char room[HISTORY_HEADER_SIZE];
    };
    struct history_module modules[HISTORY_MODULES_MAX];
    struct history_frame frames[HISTORY_FRAMES_MAX];
    struct history_record records[];
};
static_assert(sizeof(struct history_file) == HISTORY_RECORDS_AT, "as the format says");

/* Makes and maps the file. Returns 0, with FILE set, or -errno. */
int history_create(const char *path, const struct history_limits *limits,
                   struct history_process *process, struct history_file **file);

/* Forgets all code addresses: they were another file's. */
void history_frames_reset(void);

/* The numbers in FILE of the return addresses of TRACE, 0 where not known; returns how many. */
size_t history_frames(const struct history_file *file, const struct trace *trace,
                      uint16_t numbers[HISTORY_STACK_MAX]);

#endif

/* One history of past/history_format.h as bytes that nobody vouches for. Pure; no heap, no lock.
 *
 * What the sums do not confirm is left out. Beyond that a file may still lie: it is for the caller
 * to have the kernel confirm what can be confirmed.
 */
#ifndef REUSESHIM_PAST_PAST_FILE_H
#define REUSESHIM_PAST_PAST_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scratch.h"
#include "table/descriptor.h"
#include "past/history_folder.h"
#include "past/history_format.h"
#include "rules/evidence.h"

struct past_file {
    const unsigned char *bytes;
    int fd;                         /* of the file, where past_each() shows it; else -1 */
    bool own;                       /* ... and it may be written to */
    struct history_process process; /* a copy; its texts end */
    uint32_t record_count;          /* in both rings */
    uint32_t module_count;
    uint32_t frame_count;
    int64_t ended_us;               /* exit() was called then; 0 = it was not */
    int64_t found_dead_us;          /* was seen to be gone then; 0 = nobody looked */
    uint32_t unplaced;                /* enum history_unplaced */
    uint64_t binds;                 /* remembered since its start, those given up for newer too */
};

/* One bind that worked. */
struct past_bind {
    uint64_t number;         /* counts from 1 in each ring */
    size_t at;               /* of the record in the file, bytes */
    enum protocol protocol;  /* PROTOCOL_NONE = not known */
    struct endpoint local;   /* as given to bind: port 0 stays 0 */
    int32_t fd;
    int64_t time_us;
    int64_t listened_us;     /* 0 = no listen() seen */
    struct descriptor past;  /* after the last call that was seen on it */
    uint64_t cookie;         /* SO_COOKIE; 0 = not known */
    uint32_t unplaced;         /* of its file */
    size_t frame_count;
    uint16_t frames[HISTORY_STACK_MAX];
};

/* Opens SIZE BYTES, aligned to 8, as a history. Returns 0; -EAGAIN if it is being made; -ENOEXEC
 * if it is none that is understood here. */
int past_open(struct past_file *file, const void *bytes, size_t size);

/* True if the file says that something of port PORT was bound, or of port 0. Only the first
 * HISTORY_HEADER_SIZE bytes are looked at. */
bool past_has_port(const struct past_file *file, uint16_t port);

/* Reads record INDEX (below record_count) into BIND. False if there is none. */
bool past_bind_at(const struct past_file *file, uint32_t index, struct past_bind *bind);

/* BIND's stack, without symbols. Frames that are not known have no module. Strings live in
 * SCRATCH. */
struct stack past_stack(const struct past_file *file, const struct past_bind *bind,
                        struct scratch *scratch);

/* Was option KIND (SO_REUSEADDR, SO_REUSEPORT) on at bind(), and did it stay as it was, up to the
 * end of all that was seen? UNKNOWN if it changed, or may have. */
enum answer past_option(const struct past_bind *bind, enum option_kind kind);

/* Was option KIND on at the first listen()? UNKNOWN also if none was seen. */
enum answer past_option_at_listen(const struct past_bind *bind, enum option_kind kind);

/* Who had set option KIND when a socket of this PAST was bound or, with AT_LISTEN, when it began to
 * listen. */
enum setter past_setter(const struct descriptor *past, enum option_kind kind, bool at_listen);

#endif

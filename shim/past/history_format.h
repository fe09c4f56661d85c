/* The file in which one process remembers its binds for others: its layout, and nothing else.
 *
 * docs/history.md tells it in words. The writer (history.c) has the file mapped and must never be
 * held up; it may be killed at any instruction. A reader (past/past_file.c) has a copy of the
 * bytes and believes nothing: not the sizes, not the counts, not that a text ends. Therefore:
 *  - the header's fixed part is summed up, and the magic number is written after it;
 *  - a record is summed up together with its number, and the number is written after it. While it
 *    is being written its number is 0;
 *  - what changes later are single aligned words, each of them whole at any time.
 * Numbers are in the machine's byte order; the file does not leave the machine. The layout is the
 * same for 32 and 64 bits. Sizes are bytes.
 */
#ifndef REUSESHIM_PAST_HISTORY_FORMAT_H
#define REUSESHIM_PAST_HISTORY_FORMAT_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/endpoint.h"

enum {
    HISTORY_VERSION = 4,         /* of the layout, descriptor.c's word included */
    HISTORY_HEADER_SIZE = 4096,
    HISTORY_MODULES_MAX = 24,
    HISTORY_FRAMES_MAX = 512,
    HISTORY_STACK_MAX = 16,      /* frames a record */
    HISTORY_ANY_PORT_MAX = 16,   /* records of binds to port 0, so that they push out no others */
    HISTORY_SIZE_MIN = 32 * 1024,
    HISTORY_SIZE_MAX = 1024 * 1024,
    HISTORY_PORT_WORDS = 16,     /* 1,024 bits: port % 1024 */
};

#define HISTORY_MAGIC UINT64_C(0x646e622d65737565) /* "euse-bnd" */
#define HISTORY_SUFFIX ".binds"                      /* of the file's name: PID-TICKS-TIME.binds */

/* Texts end with a NUL byte if they are shorter than their room; what did not fit is cut off. */
struct history_process {
    int32_t pid;
    int32_t parent;
    int64_t uid;          /* effective */
    uint64_t start_ticks;        /* start time, /proc/PID/stat field 22; 0 = not known */
    uint64_t network;     /* namespace_network(), 0 = not known */
    uint64_t processes;   /* inode of the pid namespace, 0 = not known */
    int64_t opened_us;    /* CLOCK_REALTIME */
    char boot[40];        /* /proc/sys/kernel/random/boot_id */
    char comm[32];
    char library[24];     /* version of this library */
    char exe[512];
    char args[1024];      /* with blanks between */
    char cgroup[512];
    char policy[512];
};
static_assert(sizeof(struct history_process) == 2704, "one layout everywhere");

struct history_header {
    _Atomic uint64_t magic;  /* written last */
    uint32_t version;
    uint32_t size;           /* of the file */
    uint32_t record_count;   /* in the ring of given ports, which is behind the other one */
    uint32_t unused;
    struct history_process process;
    uint64_t sum;            /* of version to process */
    /* From here on words change while the process lives. */
    _Alignas(8) _Atomic uint64_t next[2]; /* records begun so far: of given ports, of port 0 */
    _Atomic int64_t ended_us;     /* exit() was called; 0 = it was not, so far */
    _Atomic int64_t found_dead_us; /* written by the first that saw the process gone */
    _Atomic uint32_t module_count;
    _Atomic uint32_t frame_count;
    uint32_t unused_too;
    _Atomic uint32_t unplaced;      /* enum history_unplaced: set on sockets not known */
    _Atomic uint64_t ports[HISTORY_PORT_WORDS];
};
static_assert(sizeof(struct history_header) <= HISTORY_HEADER_SIZE, "the header fits");
static_assert(offsetof(struct history_header, sum) == 24 + 2704, "one layout everywhere");

/* Bit 1 << (2 * option + value): SO_REUSEADDR or SO_REUSEPORT was set to value on a socket whose
 * bind is not known: it may have been any of them. */
enum history_unplaced {
    HISTORY_UNPLACED_REUSEADDR_OFF = 1,
    HISTORY_UNPLACED_REUSEADDR_ON = 2,
    HISTORY_UNPLACED_REUSEPORT_OFF = 4,
    HISTORY_UNPLACED_REUSEPORT_ON = 8,
};

/* A file that code was loaded from. Written once, after it is counted: its sum tells when. */
struct history_module {
    uint64_t sum;         /* of the rest */
    uint8_t path_cut;     /* the path was too long: it is only a name */
    uint8_t build_id_length;
    uint8_t build_id[32];
    char path[214];
};
static_assert(sizeof(struct history_module) == 256, "one layout everywhere");

/* A return address. Written once, after it is counted, as modules are. */
struct history_frame {
    uint64_t offset;      /* ELF address in the module */
    uint32_t module;      /* number from 1 on; 0 = not known */
    uint32_t sum;         /* of the rest */
};

struct history_record {
    _Atomic uint64_t number; /* from 1 on; 0 = none, or being written. Written last */
    uint64_t sum;            /* of number and of time_us to frames, and of the path */
    int64_t time_us;         /* CLOCK_REALTIME */
    int32_t fd;
    uint32_t scope;
    uint16_t port;           /* as given to bind: 0 stays 0 */
    uint8_t protocol;        /* enum protocol; PROTOCOL_NONE = not known */
    uint8_t family;          /* enum family */
    uint8_t path_length;
    uint8_t frame_count;
    uint16_t unused;
    uint8_t address[16];
    uint16_t frames[HISTORY_STACK_MAX]; /* numbers from 1 on, innermost first; 0 = not known */
    char path[ENDPOINT_PATH_MAX + 4];
    _Alignas(8) _Atomic uint64_t state; /* descriptor_word() after the last call seen */
    _Atomic int64_t listened_us;        /* first listen() that worked; 0 = none seen */
    _Atomic uint64_t cookie;            /* SO_COOKIE; 0 = not asked for */
};
static_assert(sizeof(struct history_record) == 224, "one layout everywhere");

enum {
    HISTORY_MODULES_AT = HISTORY_HEADER_SIZE,
    HISTORY_FRAMES_AT = HISTORY_MODULES_AT + HISTORY_MODULES_MAX * 256,
    HISTORY_RECORDS_AT = HISTORY_FRAMES_AT + HISTORY_FRAMES_MAX * 16,
};

/* How many records of given ports a file of SIZE (at least HISTORY_SIZE_MIN) has. */
static inline uint32_t history_record_count(uint32_t size)
{
    return (size - HISTORY_RECORDS_AT) / (uint32_t)sizeof(struct history_record) -
           HISTORY_ANY_PORT_MAX;
}

/* A sum over whole words, no proof against malice: it tells what was written from what was not. */
static inline uint64_t history_sum(uint64_t seed, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t sum = seed + UINT64_C(0x9e3779b97f4a7c15);
    size_t i;

    for (i = 0; i + 8 <= size; i += 8) {
        uint64_t word;

        __builtin_memcpy(&word, at + i, 8);
        sum = (sum ^ word) * UINT64_C(0xff51afd7ed558ccd);
        sum ^= sum >> 32;
    }
    return sum;
}

static inline uint64_t history_header_sum(const struct history_header *header)
{
    size_t start = offsetof(struct history_header, version);

    return history_sum(1, (const char *)header + start,
                       offsetof(struct history_header, sum) - start);
}

static inline uint64_t history_module_sum(const struct history_module *module)
{
    return history_sum(2, (const char *)module + sizeof module->sum,
                       sizeof *module - sizeof module->sum);
}

static inline uint32_t history_frame_sum(const struct history_frame *frame)
{
    return (uint32_t)history_sum(3 + frame->module, &frame->offset, sizeof frame->offset);
}

static inline uint64_t history_record_sum(const struct history_record *record, uint64_t number)
{
    size_t start = offsetof(struct history_record, time_us);
    uint64_t sum = history_sum(number, (const char *)record + start,
                               offsetof(struct history_record, path) - start);

    /* path_length is at most ENDPOINT_PATH_MAX, so whole words stay inside. */
    return record->path_length == 0
               ? sum
               : history_sum(sum, record->path, (record->path_length + 7u) & ~7u);
}

#endif

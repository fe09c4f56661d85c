/* What one line of a log says: a record of docs/records.md, by itself or wrapped up by what
 * carried it (the journal's export, a syslog daemon's file, a container engine's log).
 *
 * Lines come from anywhere, and nothing in them is believed to be well-formed: not the JSON, not
 * the types, not the UTF-8.
 */
#ifndef REUSESHIM_COMMAND_REPORT_LINE_H
#define REUSESHIM_COMMAND_REPORT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/verdict.h"

enum line_kind {
    LINE_FAILED = 0, /* bind_failed, listen_failed */
    LINE_WORKED,     /* a bind or listen that worked */
    LINE_OTHER,      /* a record of another event */
    /* What is skipped: */
    LINE_CUT,        /* a record that ends too early */
    LINE_BROKEN,     /* a record that is no JSON, or has no time */
    LINE_TEXT,       /* of REUSESHIM_FORMAT=text, of which nothing is known but the words */
    LINE_FOREIGN,    /* of another program */
    LINE_NEWER,      /* a record of a later format: "v" is not 1 */
    LINE_LEFT_OUT,   /* journalctl leaves out what is long, without --all */
    LINE_BINARY,
    LINE_LONG,       /* longer than any record */
    LINE_KIND_COUNT
};

/* "cut", "broken", ... */
const char *line_kind_name(enum line_kind kind);

/* What is said of lines that are skipped, behind their number. */
const char *line_kind_meaning(enum line_kind kind);

enum { LINE_CURES_MAX = CURES_MAX };

struct line_cure {
    const char *id;
    const char *risk;
    const char *text;
};

/* The holder that decided: the first of the list. */
struct line_holder {
    const char *state;
    const char *comm;
    const char *unit;
    const char *container;
    int32_t pid;      /* 0 = not known */
    int64_t since_us; /* it was bound then, or its process began then; 0 = not known */
};

/* Strings are NULL where they are not known, and stay until the next line is read. */
struct line {
    enum line_kind kind;
    int64_t time_us; /* CLOCK_REALTIME */
    const char *id;
    const char *host;
    const char *boot;
    const char *version;
    const char *unit;
    const char *container;
    const char *comm;
    const char *event;
    const char *proto;
    const char *address;
    int64_t port;    /* -1 = it has none */
    int32_t pid;
    int32_t tid;
    int32_t fd;
    const char *reason;
    uint64_t repeats;    /* 0 = it is none */
    bool of_history;     /* of a history's file, not of a log */
    bool walks;          /* one port of many that were tried: like a repeat not looked into */
    int64_t frees_in_ms; /* -1 = not known */
    bool would[IF_COUNT];
    struct line_holder holder;
    size_t cure_count;
    struct line_cure cures[LINE_CURES_MAX];
};

/* Reads LENGTH BYTES, which a NUL byte follows, into LINE. */
void line_read(struct line *line, char *bytes, size_t length);

/* Reads a time as records have it, "2024-02-29T23:59:59.123456Z"; what is behind the minute may be
 * missing, and so may the time of day; "+01:00" may stand for the Z. Returns false if it is
 * none. */
bool line_time(const char *text, int64_t *time_us);

#endif

/* Everything that can be told, as one value: what human and json turn into bytes, and sink writes.
 * docs/records.md describes both forms.
 *
 * Printing is pure: no I/O, no globals, no heap, no lock; async-signal-safe, and at home on a small
 * signal stack.
 */
#ifndef REUSESHIM_REPORT_RECORD_H
#define REUSESHIM_REPORT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "rules/verdict.h"

enum event {
    EVENT_SOCKET = 0,
    EVENT_SETSOCKOPT,
    EVENT_BIND,
    EVENT_LISTEN,
    EVENT_BIND_FAILED,
    EVENT_LISTEN_FAILED,
    EVENT_FORCED,
    EVENT_LEFT_ALONE,
    EVENT_MISUSE,
    EVENT_CONFIG_ERROR,
    EVENT_WHY, /* of the command: a bind() that nobody has made yet, told like one that failed */
    EVENT_COUNT
};

/* "socket", ... "config_error", "why". */
const char *event_name(enum event event);

enum misuse {
    MISUSE_SET_AFTER_BIND = 0,
    MISUSE_SET_ON_OTHER_SOCKET,
    MISUSE_WRONG_LEVEL,
    MISUSE_WRONG_LENGTH,
    MISUSE_IGNORED_FAILURE,
    MISUSE_DATAGRAM_REUSE,
    MISUSE_COUNT
};

/* "set-after-bind", ... and one sentence on what it costs. */
const char *misuse_id(enum misuse misuse);
const char *misuse_meaning(enum misuse misuse);

enum {
    RECORD_BYTES_MAX = 1024 * 1024, /* the largest record, JSON with 1,024 holders */
    RECORD_BYTES_MIN = 4096         /* always enough for a whole, if shortened, record */
};

/* Fields that an event does not have stay 0 (fd and other_fd: -1) and are not printed. */
struct record {
    enum event event;
    int64_t time_us; /* CLOCK_REALTIME */
    struct caller caller;
    enum call call;
    int fd;
    int result;      /* of the call: -1 or what it gave */
    int error;       /* errno where result is -1, else 0 */
    enum protocol protocol;
    struct endpoint address; /* FAMILY_NONE where there is none */
    int domain, type;         /* of socket, as given: type with its flags */
    int level, option, value; /* of setsockopt, forced, left_alone and misuse */
    int backlog;              /* of listen */
    int other_fd;             /* of set-on-other-socket, else -1 */
    enum misuse misuse;
    const char *text;         /* config_error: the line; left_alone, forced: why, in words */
    uint64_t repeats;         /* *_failed: 0 = told in full; N = the Nth of its kind, told short */
    uint64_t walk;            /* ... N = the Nth that one place in the code tried in a row */
    struct stack stack;
    const struct evidence *evidence; /* of *_failed told in full */
    const struct verdict *verdict;   /* of *_failed, told short too: only its reason counts then */
};

/* How a text is to look. */
struct manner {
    bool color;   /* adds SGR sequences and changes nothing else */
    bool verbose; /* stacks and options of both sides, and every cure */
    size_t width; /* columns: lines are broken there, but for commands to be pasted; 40 at least */
};

/* What tells the failure RECORD from every other one, on this machine and on others, as far as 64
 * bits can: the same whenever it is asked for. */
uint64_t record_id(const struct record *record);

/* Adds RECORD for people: one line, or the whole explanation in the order of the contract. Always
 * ends with a newline; what does not fit is cut off with '...'. No control character of a name or
 * path gets through. */
void human_print(struct text *text, const struct record *record, const struct manner *manner);

/* Does human_print() show where the calls were made for a failure of VERDICT? Then their stacks
 * should have symbols. */
bool human_shows_places(const struct verdict *verdict, bool verbose);

/* Adds the answer and what helps as one line, for the end of a program that has failed: "reuseshim:
 * node cannot bind 8080: node[29640] listens on it [listening]; fix: kill 29640", and a newline. */
void human_last_word(struct text *text, const struct evidence *evidence,
                     const struct verdict *verdict);

/* Adds the explanation of a call that nobody has made: "8080 is taken: ..." and what follows. */
void human_explain(struct text *text, const struct evidence *evidence,
                   const struct verdict *verdict, const struct manner *manner);

/* Adds RECORD as one JSON object and a newline. All strings are valid UTF-8 and escaped. If it does
 * not fit, holders are left out and counted, then stacks, cures and names of files: what is added
 * is valid in any case. TEXT should have room for RECORD_BYTES_MIN; if not even the shortest form
 * fits, nothing is added and 'cut' is set. */
void json_print(struct text *text, const struct record *record);

#endif

/* What a report knows: every failure and every bind that worked, of all files, in little memory.
 *
 * Files come in any order, and a record may come twice. So all of it is gathered first, as one
 * small event for each record and with every text kept once; then the events are put in the order
 * of their service, address and time, and told.
 *
 *   file -> report_input -> report_line -> report_gather -> report_outages -> text, JSON, HTML
 */
#ifndef REUSESHIM_COMMAND_REPORT_H
#define REUSESHIM_COMMAND_REPORT_H

#include "command/intern.h"
#include "command/report_line.h"

enum {
    REPORT_NAME_MAX = 1000,  /* bytes: more than the library writes of any name */
    REPORT_CURES_MAX = 64,   /* of one entry; what is beyond is counted as left out */
    REPORT_REASONS_MAX = 32, /* of one entry; what is beyond is one more, "further reasons" */
    REPORT_TOLD_MAX = 5000,  /* failures that a page tells one by one: the newest */
    REPORT_REPEATS_MAX = 1000000000
};

/* Numbers are those of report.names; 0 = not known. */
struct report_event {
    int64_t time_us;
    int64_t since_us;      /* failures: the holder was there since then; 0 = not known */
    uint32_t entry;        /* index */
    uint32_t reason;       /* 0 = it worked */
    uint32_t weight;       /* failures that it stands for: a repeat stands for many */
    uint32_t holder;       /* the name of who had it */
    uint32_t holder_state;
    int32_t pid;
    int32_t holder_pid;
    int32_t frees_in_ms;   /* -1 = not known */
    bool listened;         /* the call was listen() */
    bool shown;            /* within the filter; the others tell how long outages took */
};

/* What failed: a service at an address of a host. */
struct report_where {
    uint32_t host;
    uint32_t service; /* its unit; else its container; else the program's name */
    uint32_t proto;
    uint32_t address;
    int64_t port; /* -1 = none; of vsock and netlink up to 32 bits */
};

struct report_count {
    uint32_t what; /* a name */
    uint64_t count;
};

struct report_cure {
    uint32_t id;
    uint32_t risk;
    uint64_t count;
    char *text; /* as the newest failure had it */
    size_t room;
};

/* One service at one address: the line of a report. Of what the filter hides only 'hidden' and the
 * outages know. */
struct report_entry {
    struct report_where where;
    uint64_t failures;
    uint64_t hidden; /* failures outside the filter */
    uint64_t told;   /* records of failures */
    uint64_t worked;
    int64_t first_us, last_us; /* of the failures */
    uint32_t comm, unit, container;
    uint32_t version;  /* of the newest */
    uint32_t holder, holder_state;
    int32_t holder_pid;
    uint64_t would[IF_COUNT]; /* failures told in full that this would have cured */
    uint64_t in_full;
    size_t reason_count, reason_room;
    struct report_count *reasons;
    size_t cure_count, cure_room;
    struct report_cure *cures;
    uint64_t cures_left_out;
    /* By report_outages(), of outages with a failure that is shown. */
    size_t first_event, event_count;
    uint64_t outages; /* that have ended */
    int64_t longest_us;
    int64_t last_outage_us; /* how long the last one that ended took */
    int64_t open_since_us;  /* the first failure after the last bind that worked; 0 = none */
};

/* An outage lasts from a failure to the next bind that worked; all zero: there is none. */
struct report_outage {
    int64_t bind_us, listen_us; /* since when the call fails, 0 = it does not */
    bool shown;                 /* a failure of it is within the filter */
};

struct report_filter {
    const char *host, *unit, *program, *reason; /* globs; NULL = all */
    int64_t port;                               /* -1 = all */
    int64_t since_us, until_us;                 /* until: the first time that is left out */
};

/* What would have helped at one failure. */
struct report_told {
    int64_t time_us;
    uint32_t event;
    char *cures; /* a line each */
};

struct report {
    struct report_filter filter;
    bool keep_cures; /* of each of the newest failures, not only of the last of an entry */
    struct intern names;
    struct intern wheres; /* struct report_where: number N is entries[N - 1] */
    struct report_entry *entries;
    size_t entry_room;
    struct report_event **events; /* chunks of REPORT_CHUNK */
    size_t event_count, chunk_room;
    uint32_t *order; /* by report_outages(): indexes by entry and time */
    struct report_told *told; /* with keep_cures: the newest, and some more */
    size_t told_count;
    uint64_t *seen;  /* a hash table of ids, 0 = free */
    size_t seen_count, seen_places;
    struct intern boots;  /* of which records say the host */
    uint32_t *boot_hosts; /* names; UINT32_MAX = of several */
    size_t boot_count, boot_room;
    uint64_t lines[LINE_KIND_COUNT];
    uint64_t twice;
    uint64_t files, files_in_trouble;
    uint64_t failures; /* after the filter, repeats counted */
    uint64_t elsewhere; /* of hosts and ports outside the filter, likewise */
    int64_t first_us, last_us;
};

enum { REPORT_CHUNK = 16384 };

struct report_event *report_event(const struct report *report, size_t index);

/* Takes in what LINE says. */
void report_gather(struct report *report, const struct line *line);

/* The number of NAME, which may be NULL; of one that is longer than REPORT_NAME_MAX, of its
 * beginning and length. */
uint32_t report_number(struct report *report, const char *name);

/* Counts the failure EVENT, which LINE told of and which is shown. */
void report_count(struct report *report, const struct report_event *event,
                  const struct line *line);

/* The host of BOOT, as its records say it; NULL if none does, or if they name several. */
const char *report_host_of_boot(struct report *report, const char *boot);

/* Takes in a history of SIZE BYTES, after the records that may name its host. Returns false if it
 * is none that is understood. */
bool report_gather_history(struct report *report, const void *bytes, size_t size);

/* Keeps the cures that LINE has for the failure EVENT, an index, as long as it is one of the
 * REPORT_TOLD_MAX newest. */
void report_keep_cures(struct report *report, size_t event, const struct line *line);

/* Those of EVENT; NULL if there are none. Once all is gathered, and ordered by that. */
void report_order_cures(struct report *report);
const char *report_cures_of(const struct report *report, size_t event);

/* When OUTAGE began; 0 = there is none. */
int64_t report_outage_began(const struct report_outage *outage);

/* Takes the next EVENT of an entry. Returns when the outage began that ends with it, 0 if none
 * does. */
int64_t report_outage_next(struct report_outage *outage, const struct report_event *event);

/* Orders the events and finds how long each outage took. */
void report_outages(struct report *report);

/* The entries that have failures, the one that failed last first, as a list on the heap that ends
 * with a NULL. */
struct report_entry **report_newest(const struct report *report, size_t *count);

/* How many failures of all entries have the same reason, host or service: on the heap, the most
 * frequent first. */
struct report_count *report_by_reason(const struct report *report, size_t *count);
struct report_count *report_by_host(const struct report *report, size_t *count);

/* The name of NUMBER; "?" for 0. */
const char *report_name(const struct report *report, uint32_t number);

/* Adds "tcp 0.0.0.0:80", "unix /run/x.sock". */
void report_add_address(struct text *text, const struct report *report,
                        const struct report_where *where);

/* "66 failures of 3 services at 5 addresses", as many as ENTRIES. */
void report_add_services(struct text *text, const struct report *report, size_t entries);

/* "2026-11-28 22:00:00", UTC. */
void report_add_time(struct text *text, int64_t time_us);

/* How long it took until the bind worked, as far as that is recorded. */
void report_add_worked(struct text *text, const struct report_entry *entry);

/* What is said of WHAT_IF, and whether it is of use: not where less would do. */
const char *report_would_words(enum what_if what_if);
bool report_tells_would(const struct report_entry *entry, enum what_if what_if);

/* The three forms. LIMIT: entries for people. */
void report_print_text(const struct report *report, size_t limit);
void report_print_json(const struct report *report);
bool report_print_html(const struct report *report, const char *path);

#endif

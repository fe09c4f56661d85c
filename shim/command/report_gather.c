#include <stdlib.h>
#include <string.h>

#include "command/console.h"
#include "command/report.h"
#include "rules/glob.h"

enum { SEEN_LEAST = 1024, NEAR_US = 1000000 };

static const uint32_t HOSTS_DIFFER = UINT32_MAX; /* in place of a boot's host */

struct report_event *report_event(const struct report *report, size_t index)
{
    return &report->events[index / REPORT_CHUNK][index % REPORT_CHUNK];
}

const char *report_name(const struct report *report, uint32_t number)
{
    return number == 0 ? "?" : intern_bytes(&report->names, number);
}

/* ---- Twice ---- */

static void grow_seen(struct report *report)
{
    size_t places = report->seen_places == 0 ? SEEN_LEAST : report->seen_places * 2;
    uint64_t *seen = console_memory(places * sizeof *seen);

    for (size_t i = 0; i < report->seen_places; i++) {
        size_t at = report->seen[i] & (places - 1);

        if (report->seen[i] == 0)
            continue;
        while (seen[at] != 0)
            at = (at + 1) & (places - 1);
        seen[at] = report->seen[i];
    }
    free(report->seen);
    report->seen = seen;
    report->seen_places = places;
}

/* Where ID is, or would be. There must be a free place. */
static uint64_t *seen_place(const struct report *report, uint64_t id)
{
    size_t at = id & (report->seen_places - 1);

    while (report->seen[at] != 0 && report->seen[at] != id)
        at = (at + 1) & (report->seen_places - 1);
    return &report->seen[at];
}

static bool was_seen(const struct report *report, uint64_t id)
{
    return report->seen_places > 0 && *seen_place(report, id + (id == 0)) != 0;
}

/* Is ID new? */
static bool is_first(struct report *report, uint64_t id)
{
    uint64_t *place;

    if (report->seen_count * 4 >= report->seen_places * 3)
        grow_seen(report);
    id += id == 0;
    place = seen_place(report, id);
    if (*place != 0)
        return false;
    *place = id;
    report->seen_count++;
    return true;
}

/* A record of before there were ids is known by what it says. Not by its host, which only some of
 * those that carry it add. */
static uint64_t id_of(const struct line *line)
{
    const int64_t numbers[] = {line->time_us, line->pid, line->tid, line->fd, line->port,
                               (int64_t)line->repeats, line->kind};
    uint64_t id;

    if (line->id != NULL)
        return intern_hash(1, line->id, strlen(line->id));
    id = intern_hash(2, numbers, sizeof numbers);
    if (line->event != NULL)
        id = intern_hash(id, line->event, strlen(line->event));
    return line->address == NULL ? id : intern_hash(id, line->address, strlen(line->address));
}

static bool is_listen(const struct line *line)
{
    return line->event != NULL && strncmp(line->event, "listen", 6) == 0;
}

/* The journal writes a boot's id without its dashes. */
static uint32_t boot_of(struct report *report, const char *boot)
{
    char plain[40];
    size_t used = 0;

    for (; *boot != '\0' && used < sizeof plain; boot++)
        if (*boot != '-')
            plain[used++] = *boot;
    return intern_add(&report->boots, plain, used);
}

/* What a log and a history both say of a bind that worked, in second NUMBER. */
static uint64_t success_id(const struct line *line, uint32_t boot, int64_t number)
{
    const int64_t numbers[] = {number, boot, line->pid, line->fd, line->port, is_listen(line)};
    uint64_t id = intern_hash(3, numbers, sizeof numbers);

    return line->address == NULL ? id : intern_hash(id, line->address, strlen(line->address));
}

/* Histories are read when all logs have been: was this bind in one of them? Each looks at the clock
 * by itself, and the process may have waited for a processor in between. Policy log tells of all
 * binds, so that another one of the same descriptor within a second is in the log as well. */
static bool is_logged_too(struct report *report, const struct line *line)
{
    int64_t number = line->time_us / NEAR_US;
    uint32_t boot;

    if (line->kind != LINE_WORKED || line->boot == NULL)
        return false;
    boot = boot_of(report, line->boot);
    if (!line->of_history) {
        is_first(report, success_id(line, boot, number));
        return false;
    }
    for (int64_t near = number - 1; near <= number + 1; near++)
        if (was_seen(report, success_id(line, boot, near)))
            return true;
    return false;
}

/* ---- The filter ---- */

static bool matches(const char *glob, const char *name)
{
    return glob == NULL ||
           (name != NULL && glob_matches(glob, strlen(glob), name, strlen(name)));
}

/* What is never shown, and no part of an outage that is. */
static bool is_elsewhere(const struct report_filter *filter, const struct line *line)
{
    return !matches(filter->host, line->host) ||
           (filter->port >= 0 && filter->port != line->port);
}

static const char *reason_of(const struct line *line)
{
    return line->reason == NULL ? "unknown" : line->reason;
}

static bool is_shown(const struct report_filter *filter, const struct line *line)
{
    return matches(filter->unit, line->unit) && matches(filter->program, line->comm) &&
           (line->kind == LINE_WORKED || matches(filter->reason, reason_of(line))) &&
           line->time_us >= filter->since_us && line->time_us < filter->until_us;
}

/* ---- Entries ---- */

static const char *service_of(const char *unit, const char *container, const char *comm)
{
    return unit != NULL ? unit : container != NULL ? container : comm;
}

static uint32_t entry_of(struct report *report, const struct line *line)
{
    const struct report_where where = {
        report_number(report, line->host),
        report_number(report, service_of(line->unit, line->container, line->comm)),
        report_number(report, line->proto), report_number(report, line->address), line->port};
    size_t known = report->wheres.count;
    uint32_t index = intern_add(&report->wheres, &where, sizeof where) - 1;

    if (index < known)
        return index;
    report->entries =
        console_grown(report->entries, &report->entry_room, index, sizeof *report->entries);
    report->entries[index] = (struct report_entry){.where = where};
    return index;
}

/* ---- Events ---- */

static struct report_event *new_event(struct report *report)
{
    size_t chunk = report->event_count / REPORT_CHUNK;

    if (report->event_count % REPORT_CHUNK == 0) {
        report->events =
            console_grown(report->events, &report->chunk_room, chunk, sizeof *report->events);
        report->events[chunk] = console_memory(REPORT_CHUNK * sizeof **report->events);
    }
    return report_event(report, report->event_count++);
}

/* The record of the Nth failure, N = 10, 100, ..., tells of those that were not told since the
 * last one: at N / 10. The library writes no other N: such a record is one failure. */
static uint32_t weight_of(uint64_t repeats)
{
    uint64_t round = 10;

    while (round < repeats && round < REPORT_REPEATS_MAX)
        round *= 10;
    return repeats == round ? (uint32_t)(repeats - repeats / 10) : 1;
}

static void widen(struct report *report, int64_t time_us)
{
    if (report->failures == 0 || time_us < report->first_us)
        report->first_us = time_us;
    if (time_us > report->last_us)
        report->last_us = time_us;
}

static void add_failure(struct report *report, const struct line *line, bool shown)
{
    struct report_event *event = new_event(report);
    const struct line_holder *holder = &line->holder;

    *event = (struct report_event){
        .time_us = line->time_us,
        .since_us = holder->since_us,
        .entry = entry_of(report, line),
        .reason = report_number(report, reason_of(line)),
        .weight = weight_of(line->repeats),
        .holder = report_number(report,
                                service_of(holder->unit, holder->container, holder->comm)),
        .holder_state = report_number(report, holder->state),
        .pid = line->pid,
        .holder_pid = holder->pid,
        .listened = is_listen(line),
        .shown = shown,
        .frees_in_ms = line->frees_in_ms > INT32_MAX ? -1 : (int32_t)line->frees_in_ms,
    };
    if (!shown) {
        report->entries[event->entry].hidden += event->weight;
        return;
    }
    report_count(report, event, line);
    if (report->keep_cures)
        report_keep_cures(report, report->event_count - 1, line);
    widen(report, line->time_us);
    report->failures += event->weight;
}

static void add_success(struct report *report, const struct line *line, bool shown)
{
    struct report_event *event = new_event(report);

    *event = (struct report_event){
        .time_us = line->time_us, .entry = entry_of(report, line), .pid = line->pid,
        .frees_in_ms = -1, .listened = is_listen(line), .shown = shown};
    report->entries[event->entry].worked += shown;
}

/* Where boot NUMBER is new, or nobody has said its host yet. Containers and other namespaces of one
 * boot may have names of their own: then no name is that of the boot. */
static void set_host(struct report *report, uint32_t number, const char *host)
{
    uint32_t *known, name;

    if (number > report->boot_count) {
        report->boot_hosts = console_grown(report->boot_hosts, &report->boot_room,
                                           report->boot_count, sizeof *report->boot_hosts);
        report->boot_hosts[report->boot_count++] = 0;
    }
    if (host == NULL)
        return;
    known = &report->boot_hosts[number - 1];
    name = report_number(report, host);
    *known = *known == 0 || *known == name ? name : HOSTS_DIFFER;
}

static void remember_boot(struct report *report, const char *boot, const char *host)
{
    if (boot != NULL && host != NULL)
        set_host(report, boot_of(report, boot), host);
}

const char *report_host_of_boot(struct report *report, const char *boot)
{
    uint32_t number = boot_of(report, boot);

    set_host(report, number, NULL);
    return report->boot_hosts[number - 1] == HOSTS_DIFFER
               ? NULL
               : intern_bytes(&report->names, report->boot_hosts[number - 1]);
}

void report_gather(struct report *report, const struct line *line)
{
    if (line->kind > LINE_WORKED) {
        report->lines[line->kind]++;
        return;
    }
    if (!is_first(report, id_of(line)) || is_logged_too(report, line)) {
        report->twice++;
        return;
    }
    report->lines[line->kind]++;
    remember_boot(report, line->boot, line->host);
    if (is_elsewhere(&report->filter, line)) {
        report->elsewhere += line->kind == LINE_FAILED ? weight_of(line->repeats) : 0;
        return;
    }
    if (line->kind == LINE_FAILED)
        add_failure(report, line, is_shown(&report->filter, line));
    else
        add_success(report, line, is_shown(&report->filter, line));
}

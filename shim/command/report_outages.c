/* How long it took until the bind worked: from the first failure of a service at an address to its
 * next bind there that worked. A listen() that failed is over only when a listen() works. */
#include <stdlib.h>
#include <string.h>

#include "command/console.h"
#include "command/report.h"

static const struct report *ordered; /* what compare_events looks at: qsort passes nothing on */

static int compare(int64_t a, int64_t b)
{
    return a > b ? 1 : a < b ? -1 : 0;
}

/* Within one tick of the clock nobody knows what came first. What worked stands first there, and
 * ends no outage of that tick, however the files were read. */
static int compare_events(const void *left, const void *right)
{
    uint32_t at = *(const uint32_t *)left, bt = *(const uint32_t *)right;
    const struct report_event *a = report_event(ordered, at), *b = report_event(ordered, bt);

    if (a->entry != b->entry)
        return compare(a->entry, b->entry);
    if (a->time_us != b->time_us)
        return compare(a->time_us, b->time_us);
    return (a->reason == 0) != (b->reason == 0) ? compare(a->reason, b->reason) : compare(at, bt);
}

int64_t report_outage_began(const struct report_outage *outage)
{
    if (outage->bind_us == 0 || outage->listen_us == 0)
        return outage->bind_us + outage->listen_us;
    return outage->bind_us < outage->listen_us ? outage->bind_us : outage->listen_us;
}

int64_t report_outage_next(struct report_outage *outage, const struct report_event *event)
{
    int64_t since_us = report_outage_began(outage);
    int64_t *fails = event->listened ? &outage->listen_us : &outage->bind_us;

    if (event->reason != 0) {
        outage->shown = event->shown || (outage->shown && since_us != 0);
        *fails = *fails == 0 ? event->time_us : *fails;
        return 0;
    }
    outage->bind_us = 0;
    outage->listen_us = event->listened ? 0 : outage->listen_us;
    return report_outage_began(outage) == 0 ? since_us : 0;
}

static void take_event(struct report_entry *entry, struct report_outage *outage,
                       const struct report_event *event)
{
    int64_t since_us = report_outage_next(outage, event);

    if (since_us == 0 || !outage->shown)
        return;
    entry->outages++;
    entry->last_outage_us = event->time_us - since_us;
    if (entry->last_outage_us > entry->longest_us)
        entry->longest_us = entry->last_outage_us;
}

static int compare_counts(const void *left, const void *right)
{
    const struct report_count *a = left, *b = right;

    return a->count != b->count ? compare((int64_t)b->count, (int64_t)a->count)
                                : compare(a->what, b->what);
}

void report_outages(struct report *report)
{
    struct report_outage outage = {0};

    report->order = console_memory((report->event_count + 1) * sizeof *report->order);
    for (size_t i = 0; i < report->event_count; i++)
        report->order[i] = (uint32_t)i;
    report_order_cures(report);
    ordered = report;
    qsort(report->order, report->event_count, sizeof *report->order, compare_events);
    for (size_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = report_event(report, report->order[i]);
        struct report_entry *entry = &report->entries[event->entry];

        if (entry->event_count++ == 0) {
            entry->first_event = i;
            outage = (struct report_outage){0};
        }
        take_event(entry, &outage, event);
        entry->open_since_us = outage.shown ? report_outage_began(&outage) : 0;
    }
    for (size_t i = 0; i < report->wheres.count; i++)
        if (report->entries[i].reason_count > 0)
            qsort(report->entries[i].reasons, report->entries[i].reason_count,
                  sizeof *report->entries[i].reasons, compare_counts);
}

static int compare_newest(const void *left, const void *right)
{
    const struct report_entry *a = *(struct report_entry *const *)left;
    const struct report_entry *b = *(struct report_entry *const *)right;

    return a->last_us != b->last_us ? compare(b->last_us, a->last_us) : a < b ? -1 : a > b;
}

struct report_entry **report_newest(const struct report *report, size_t *count)
{
    struct report_entry **list = console_memory((report->wheres.count + 1) * sizeof *list);

    *count = 0;
    for (size_t i = 0; i < report->wheres.count; i++)
        if (report->entries[i].failures > 0)
            list[(*count)++] = &report->entries[i];
    qsort(list, *count, sizeof *list, compare_newest);
    return list;
}

/* PLACES is one number a name, where in LIST it is. */
static void count_into(struct report_count *list, size_t *count, uint32_t *places, uint32_t what,
                       uint64_t failures)
{
    if (places[what] == 0) {
        list[(*count)++] = (struct report_count){what, 0};
        places[what] = (uint32_t)*count;
    }
    list[places[what] - 1].count += failures;
}

static struct report_count *count_by(const struct report *report, bool by_host, size_t *count)
{
    uint32_t *places = console_memory((report->names.count + 1) * sizeof *places);
    struct report_count *list = console_memory((report->names.count + 1) * sizeof *list);

    *count = 0;
    for (size_t i = 0; i < report->wheres.count; i++) {
        const struct report_entry *entry = &report->entries[i];

        if (entry->failures > 0 && by_host)
            count_into(list, count, places, entry->where.host, entry->failures);
        for (size_t k = 0; k < entry->reason_count && !by_host; k++)
            count_into(list, count, places, entry->reasons[k].what, entry->reasons[k].count);
    }
    free(places);
    qsort(list, *count, sizeof *list, compare_counts);
    return list;
}

struct report_count *report_by_reason(const struct report *report, size_t *count)
{
    return count_by(report, false, count);
}

struct report_count *report_by_host(const struct report *report, size_t *count)
{
    return count_by(report, true, count);
}

/* The summary for people: what failed last stands first. No command is told: what helped then, such
 * as to end a process by its number, may hit another one now. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/console.h"
#include "command/report.h"
#include "report/json_text.h"
#include "report/words.h"

enum { TEXT_SIZE = 64 * 1024, NAMES_TOLD = 6, CURES_TOLD = 3, PER_MS = 1000, LABEL_COLUMN = 11 };

void report_add_address(struct text *text, const struct report *report,
                        const struct report_where *where)
{
    const char *address = report_name(report, where->address);
    bool brackets = where->port >= 0 && strchr(address, ':') != NULL;

    text_format(text, brackets ? "%-20s [%-300s]" : "%-20s %-300s",
                report_name(report, where->proto), address);
    if (where->port >= 0)
        text_format(text, ":%lld", (long long)where->port);
}

void report_add_time(struct text *text, int64_t time_us)
{
    char buffer[48], date[11], time[9];
    struct text whole = text_in(buffer, sizeof buffer);

    json_time(&whole, NULL, time_us); /* "2024-02-29T23:59:59.123456Z", with its quotes */
    if (whole.used < 20) {
        text_add(text, "?");
        return;
    }
    snprintf(date, sizeof date, "%.10s", buffer + 1);
    snprintf(time, sizeof time, "%.8s", buffer + 12);
    text_format(text, "%s %s", date, time);
}

/* "time-wait 40, listening 1", at most NAMES_TOLD of them. */
static void add_counts(struct text *text, const struct report *report,
                       const struct report_count *counts, size_t count)
{
    size_t told = count > NAMES_TOLD ? NAMES_TOLD : count;

    for (size_t i = 0; i < told; i++)
        text_format(text, "%s%-100s %llu", i > 0 ? ", " : "", report_name(report, counts[i].what),
                    (unsigned long long)counts[i].count);
    if (told < count)
        text_format(text, " and %llu more", (unsigned long long)(count - told));
}

static void add_label(struct text *text, const char *label)
{
    text_format(text, "  %s", label);
    text_column(text, LABEL_COLUMN);
}

void report_add_services(struct text *text, const struct report *report, size_t entries)
{
    struct intern services = {.count = 0};

    for (size_t i = 0; i < report->wheres.count; i++) {
        const struct report_where *where = &report->entries[i].where;
        const uint32_t service[] = {where->host, where->service};

        if (report->entries[i].failures > 0)
            intern_add(&services, service, sizeof service);
    }
    words_count(text, report->failures, "failure");
    text_add(text, " of ");
    words_count(text, services.count, "service");
    if (services.count < entries)
        text_format(text, " at %llu addresses", (unsigned long long)entries);
}

static void add_head(struct text *text, const struct report *report, size_t entries)
{
    size_t reasons, hosts;
    struct report_count *by_reason = report_by_reason(report, &reasons);
    struct report_count *by_host = report_by_host(report, &hosts);

    report_add_services(text, report, entries);
    text_add(text, " on ");
    words_count(text, hosts, "host");
    text_add(text, ", ");
    report_add_time(text, report->first_us);
    text_add(text, " to ");
    report_add_time(text, report->last_us);
    text_add(text, " UTC\n");
    add_label(text, "reasons");
    add_counts(text, report, by_reason, reasons);
    text_char(text, '\n');
    add_label(text, "hosts");
    add_counts(text, report, by_host, hosts);
    text_char(text, '\n');
    free(by_reason);
    free(by_host);
}

static void add_holder(struct text *text, const struct report *report,
                       const struct report_entry *entry)
{
    if (entry->holder == 0 && entry->holder_state == 0)
        return;
    add_label(text, "held by");
    if (entry->holder != 0)
        text_format(text, "%-200s", report_name(report, entry->holder));
    else
        text_add(text, "nobody that was seen");
    if (entry->holder_pid != 0)
        text_format(text, "[%d]", entry->holder_pid);
    if (entry->holder_state != 0)
        text_format(text, ", %-40s", report_name(report, entry->holder_state));
    text_char(text, '\n');
}

/* What was measured is not told as longer than it was: words_duration() finds nothing to round up.
 * The steps are its own. */
static void add_lasted(struct text *text, int64_t us)
{
    int64_t ms = us / PER_MS, hour_ms = INT64_C(3600) * 1000;
    int64_t unit_ms = ms < 1000            ? 1
                      : ms < 120 * 1000    ? 1000
                      : ms < 2 * hour_ms   ? 60 * 1000
                      : ms < 48 * hour_ms  ? hour_ms
                                           : 24 * hour_ms;

    words_duration(text, ms - ms % unit_ms);
}

void report_add_worked(struct text *text, const struct report_entry *entry)
{
    if (entry->outages == 0 && entry->open_since_us != 0 && entry->worked == 0) {
        text_add(text, "not recorded when it worked again");
        return;
    }
    if (entry->outages > 0) {
        add_lasted(text, entry->last_outage_us);
        text_format(text, " after it failed; %llu such %s, the longest ",
                    (unsigned long long)entry->outages,
                    entry->outages == 1 ? "outage" : "outages");
        add_lasted(text, entry->longest_us);
    }
    if (entry->open_since_us == 0)
        return;
    text_add(text, entry->outages > 0 ? "; none recorded since the failure of "
                                      : "none recorded since the failure of ");
    report_add_time(text, entry->open_since_us);
}

const char *report_would_words(enum what_if what_if)
{
    static const char *const words[] = {
        [IF_NEWCOMER_REUSEADDR] = "SO_REUSEADDR here, as policy force sets it",
        [IF_BOTH_REUSEADDR] = "SO_REUSEADDR on both sides: policy force for both",
        [IF_NEWCOMER_REUSEPORT] = "SO_REUSEPORT here, as policy share sets it: the port is shared",
        [IF_BOTH_REUSEPORT] = "SO_REUSEPORT on both sides: policy share, the port is shared",
        [IF_NEWCOMER_V6ONLY] = "IPV6_V6ONLY here, as policy v6only sets it",
    };
    static_assert(sizeof words / sizeof *words == IF_COUNT, "words for each");

    return words[what_if];
}

bool report_tells_would(const struct report_entry *entry, enum what_if what_if)
{
    static const enum what_if includes[] = {[IF_BOTH_REUSEADDR] = IF_NEWCOMER_REUSEADDR,
                                            [IF_BOTH_REUSEPORT] = IF_NEWCOMER_REUSEPORT};
    uint64_t without = what_if == IF_BOTH_REUSEADDR || what_if == IF_BOTH_REUSEPORT
                           ? entry->would[includes[what_if]]
                           : 0;

    return entry->would[what_if] > without;
}

static void add_helps(struct text *text, const struct report *report,
                      const struct report_entry *entry)
{
    const char *label = "helps";

    for (size_t i = 0; i < IF_COUNT; i++) {
        if (!report_tells_would(entry, (enum what_if)i))
            continue;
        add_label(text, label);
        text_format(text, "%s (%llu of %llu)\n", report_would_words((enum what_if)i),
                    (unsigned long long)entry->would[i], (unsigned long long)entry->in_full);
        label = "";
    }
    for (size_t i = 0; i < entry->cure_count && i < CURES_TOLD; i++) {
        const struct report_cure *cure = &entry->cures[i];

        add_label(text, label);
        if (cure->risk != 0)
            text_format(text, "[%-20s] ", report_name(report, cure->risk));
        text_format(text, "%-300s (%llu of %llu)\n", cure->text, (unsigned long long)cure->count,
                    (unsigned long long)entry->in_full);
        label = "";
    }
}

static void add_entry(struct text *text, const struct report *report,
                      const struct report_entry *entry)
{
    text_char(text, '\n');
    report_add_address(text, report, &entry->where);
    text_format(text, " on %-100s: %-100s failed ", report_name(report, entry->where.host),
                report_name(report, entry->where.service));
    text_format(text,
                entry->failures == 1             ? "once, "
                : entry->failures > entry->told ? "at least %llu times, the last "
                                                : "%llu times, the last ",
                (unsigned long long)entry->failures);
    report_add_time(text, entry->last_us);
    text_char(text, '\n');
    add_label(text, "why");
    add_counts(text, report, entry->reasons, entry->reason_count);
    text_char(text, '\n');
    add_holder(text, report, entry);
    add_label(text, "worked");
    report_add_worked(text, entry);
    text_char(text, '\n');
    add_helps(text, report, entry);
}

static void add_others(struct text *text, const struct report *report)
{
    if (report->twice > 0)
        text_format(text, "\n%llu %s read twice, and counted once\n",
                    (unsigned long long)report->twice,
                    report->twice == 1 ? "record was" : "records were");
}

/* Why there is nothing to tell. */
static void print_none(const struct report *report)
{
    uint64_t worked = 0, hidden = report->elsewhere;

    for (size_t i = 0; i < report->wheres.count; i++) {
        worked += report->entries[i].worked;
        hidden += report->entries[i].hidden;
    }
    if (hidden > 0)
        printf("no failure that the filters let through; they leave out %llu\n",
               (unsigned long long)hidden);
    else
        puts(worked > 0 ? "no failure: only binds that worked" : "no failure");
}

void report_print_text(const struct report *report, size_t limit)
{
    struct text text = console_text(TEXT_SIZE);
    size_t count;
    struct report_entry **entries = report_newest(report, &count);

    if (count == 0) {
        print_none(report);
    } else {
        add_head(&text, report, count);
        console_print(&text);
    }
    for (size_t i = 0; i < count && i < limit; i++) {
        add_entry(&text, report, entries[i]);
        console_print(&text);
    }
    if (count > limit)
        printf("\nand %zu more services and addresses: --all tells them\n", count - limit);
    add_others(&text, report);
    console_print(&text);
    free(text.start);
    free(entries);
}

/* The same for programs: an object about all, then one for each service and address. */
#include <assert.h>
#include <stdlib.h>

#include "command/console.h"
#include "command/report.h"
#include "report/json_text.h"

/* Of a name's bytes each may become six. What is longest is the object about all: its reasons and
 * hosts. Memory that is not written to is not taken. */
enum {
    NAMES_MAX = 1000,
    NAME_ROOM = 6 * (REPORT_NAME_MAX + 100),
    JSON_SIZE = (2 * NAMES_MAX + 100) * NAME_ROOM
};
static_assert(3 * REPORT_CURES_MAX + REPORT_REASONS_MAX < NAMES_MAX, "an entry fits as well");

static const char *known_name(const struct report *report, uint32_t number)
{
    return intern_bytes(&report->names, number);
}

static void add_counts(struct text *text, const char *key, const struct report *report,
                       const struct report_count *counts, size_t count)
{
    json_open(text, key, '[');
    for (size_t i = 0; i < count && i < NAMES_MAX; i++) {
        json_open(text, NULL, '{');
        json_words(text, "name", known_name(report, counts[i].what));
        json_unsigned(text, "failures", counts[i].count);
        json_close(text, '{');
    }
    json_close(text, '[');
}

static void print_all(struct text *text, const struct report *report, size_t entries)
{
    size_t count;
    struct report_count *counts;

    json_begin(text);
    json_words(text, "kind", "summary");
    json_unsigned(text, "failures", report->failures);
    json_unsigned(text, "entries", entries);
    json_time(text, "first_at", report->first_us);
    json_time(text, "last_at", report->last_us);
    counts = report_by_reason(report, &count);
    add_counts(text, "reasons", report, counts, count);
    json_unsigned(text, "reasons_left_out", count > NAMES_MAX ? count - NAMES_MAX : 0);
    free(counts);
    counts = report_by_host(report, &count);
    add_counts(text, "hosts", report, counts, count);
    json_unsigned(text, "hosts_left_out", count > NAMES_MAX ? count - NAMES_MAX : 0);
    free(counts);
    json_unsigned(text, "files", report->files);
    json_unsigned(text, "files_in_trouble", report->files_in_trouble);
    json_unsigned(text, "read_twice", report->twice);
    json_open(text, "lines", '{');
    for (size_t i = 0; i < LINE_KIND_COUNT; i++)
        json_unsigned(text, line_kind_name((enum line_kind)i), report->lines[i]);
    json_close(text, '{');
    json_end(text);
    console_print(text);
}

static void add_would(struct text *text, const struct report_entry *entry)
{
    json_unsigned(text, "told_in_full", entry->in_full);
    json_open(text, "would_have_helped", '{');
    for (size_t i = 0; i < IF_COUNT; i++)
        json_unsigned(text, what_if_name((enum what_if)i), entry->would[i]);
    json_close(text, '{');
}

static void add_cures(struct text *text, const struct report *report,
                      const struct report_entry *entry)
{
    json_open(text, "cures", '[');
    for (size_t i = 0; i < entry->cure_count; i++) {
        json_open(text, NULL, '{');
        json_words(text, "id", known_name(report, entry->cures[i].id));
        json_words(text, "risk", known_name(report, entry->cures[i].risk));
        json_words(text, "text", entry->cures[i].text);
        json_unsigned(text, "failures", entry->cures[i].count);
        json_close(text, '{');
    }
    json_close(text, '[');
    json_unsigned(text, "cures_left_out", entry->cures_left_out);
}

static void add_outages(struct text *text, const struct report_entry *entry)
{
    bool ended = entry->outages > 0;

    json_unsigned(text, "worked", entry->worked);
    json_unsigned(text, "outages", entry->outages);
    json_number_if(text, "last_outage_ms", ended, entry->last_outage_us / 1000);
    json_number_if(text, "longest_outage_ms", ended, entry->longest_us / 1000);
    json_time(text, "fails_since", entry->open_since_us);
}

static void print_entry(struct text *text, const struct report *report,
                        const struct report_entry *entry)
{
    json_begin(text);
    json_words(text, "kind", "entry");
    json_words(text, "host", known_name(report, entry->where.host));
    json_words(text, "unit", known_name(report, entry->unit));
    json_words(text, "container", known_name(report, entry->container));
    json_words(text, "program", known_name(report, entry->comm));
    json_words(text, "version", known_name(report, entry->version));
    json_words(text, "proto", known_name(report, entry->where.proto));
    json_words(text, "address", known_name(report, entry->where.address));
    json_number_if(text, "port", entry->where.port >= 0, entry->where.port);
    json_unsigned(text, "failures", entry->failures);
    json_unsigned(text, "records", entry->told);
    json_time(text, "first_at", entry->first_us);
    json_time(text, "last_at", entry->last_us);
    add_counts(text, "reasons", report, entry->reasons, entry->reason_count);
    json_words(text, "held_by", known_name(report, entry->holder));
    json_number_if(text, "held_by_pid", entry->holder_pid > 0, entry->holder_pid);
    json_words(text, "held_state", known_name(report, entry->holder_state));
    add_outages(text, entry);
    add_would(text, entry);
    add_cures(text, report, entry);
    json_end(text);
    console_print(text);
}

void report_print_json(const struct report *report)
{
    struct text text = console_text(JSON_SIZE);
    size_t count;
    struct report_entry **entries = report_newest(report, &count);

    print_all(&text, report, count);
    for (size_t i = 0; i < count; i++)
        print_entry(&text, report, entries[i]);
    free(text.start);
    free(entries);
}

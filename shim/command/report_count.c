/* What is counted for each entry, and the names that it has. */
#include <stdlib.h>
#include <string.h>

#include "command/console.h"
#include "command/report.h"

enum { LENGTH_WORDS = 40 };

/* LENGTH bytes at most, and no half character. */
static size_t cut_at(const char *string, size_t length)
{
    while (length > 0 && ((unsigned char)string[length] & 0xc0) == 0x80)
        length--;
    return length;
}

static void add_cut(struct text *text, const char *string, size_t length)
{
    text_bytes(text, string, cut_at(string, REPORT_NAME_MAX));
    text_format(text, "... (%zu bytes)", length);
}

uint32_t report_number(struct report *report, const char *name)
{
    char buffer[REPORT_NAME_MAX + LENGTH_WORDS];
    struct text text = text_in(buffer, sizeof buffer);
    size_t length = name == NULL ? 0 : strlen(name);

    if (length <= REPORT_NAME_MAX)
        return intern_string(&report->names, name);
    add_cut(&text, name, length);
    return intern_add(&report->names, buffer, text.used);
}

/* The number that WHAT is counted by: one for all that are too many. */
static uint32_t counted_as(struct report *report, const struct report_entry *entry, uint32_t what)
{
    for (size_t i = 0; i < entry->reason_count; i++)
        if (entry->reasons[i].what == what)
            return what;
    return entry->reason_count < REPORT_REASONS_MAX ? what
                                                    : report_number(report, "further reasons");
}

static void count_reason(struct report *report, struct report_entry *entry, uint32_t reason,
                         uint64_t weight)
{
    uint32_t what = counted_as(report, entry, reason);
    size_t i;

    for (i = 0; i < entry->reason_count; i++)
        if (entry->reasons[i].what == what)
            break;
    if (i == entry->reason_count) {
        entry->reasons =
            console_grown(entry->reasons, &entry->reason_room, i, sizeof *entry->reasons);
        entry->reasons[entry->reason_count++] = (struct report_count){what, 0};
    }
    entry->reasons[i].count += weight;
}

static void keep_text(struct report_cure *cure, const char *words)
{
    char buffer[REPORT_NAME_MAX + LENGTH_WORDS];
    struct text text = text_in(buffer, sizeof buffer);
    size_t length = words == NULL ? 0 : strlen(words);

    if (length > REPORT_NAME_MAX)
        add_cut(&text, words, length);
    else
        text_bytes(&text, words == NULL ? "" : words, length);
    if (text.used + 1 > cure->room) {
        free(cure->text);
        cure->room = text.used + 64;
        cure->text = console_memory(cure->room);
    }
    memcpy(cure->text, buffer, text.used + 1);
}

static struct report_cure *cure_of(struct report *report, struct report_entry *entry,
                                   const struct line_cure *cure)
{
    uint32_t id = report_number(report, cure->id), risk = report_number(report, cure->risk);
    size_t i;

    for (i = 0; i < entry->cure_count; i++)
        if (entry->cures[i].id == id && entry->cures[i].risk == risk)
            return &entry->cures[i];
    if (i == REPORT_CURES_MAX)
        return NULL;
    entry->cures = console_grown(entry->cures, &entry->cure_room, i, sizeof *entry->cures);
    entry->cures[i] = (struct report_cure){.id = id, .risk = risk};
    entry->cure_count++;
    return &entry->cures[i];
}

static void count_cures(struct report *report, struct report_entry *entry, const struct line *line,
                        bool newest)
{
    for (size_t i = 0; i < line->cure_count; i++) {
        struct report_cure *cure = cure_of(report, entry, &line->cures[i]);

        if (cure == NULL) {
            entry->cures_left_out++;
            continue;
        }
        cure->count++;
        if (newest || cure->count == 1)
            keep_text(cure, line->cures[i].text);
    }
}

void report_count(struct report *report, const struct report_event *event,
                  const struct line *line)
{
    struct report_entry *entry = &report->entries[event->entry];
    bool newest = entry->failures == 0 || line->time_us >= entry->last_us;

    if (entry->failures == 0 || line->time_us < entry->first_us)
        entry->first_us = line->time_us;
    entry->failures += event->weight;
    entry->told++;
    count_reason(report, entry, event->reason, event->weight);
    if (newest) {
        entry->last_us = line->time_us;
        entry->comm = report_number(report, line->comm);
        entry->unit = report_number(report, line->unit);
        entry->container = report_number(report, line->container);
        entry->version = report_number(report, line->version);
    }
    if (line->repeats > 0 || line->walks)
        return;
    entry->in_full++;
    for (unsigned int i = 0; i < IF_COUNT; i++)
        entry->would[i] += line->would[i];
    if (newest) {
        entry->holder = event->holder;
        entry->holder_state = event->holder_state;
        entry->holder_pid = event->holder_pid;
    }
    count_cures(report, entry, line, newest);
}

/* A timeline, and what its marks lead to. */
#include <stdlib.h>

#include "command/report_html.h"
#include "report/words.h"

static double percent(const struct html *html, int64_t time_us)
{
    int64_t length = html->to_us - html->from_us;
    int64_t at = time_us < html->from_us ? 0 : time_us - html->from_us;

    return length <= 0 ? 50 : at > length ? 100 : 100.0 * (double)at / (double)length;
}

static void span(const struct html *html, const char *kind, int64_t from_us, int64_t to_us)
{
    double from = percent(html, from_us);

    fprintf(html->file, "<i class=\"%s\" style=\"left:%.3f%%;width:%.3f%%\"></i>", kind, from,
            percent(html, to_us) - from);
}

static const struct report_event *event_at(const struct html *html,
                                           const struct report_entry *entry, size_t i)
{
    return report_event(html->report, html->report->order[entry->first_event + i]);
}

static int place_of(const struct html *html, int64_t time_us)
{
    return (int)(percent(html, time_us) * (int)HTML_PLACES / 100);
}

/* From the first failure to the bind that worked, or to the last failure. Of those that begin and
 * end in one place, one. */
static void gaps(const struct html *html, const struct report_entry *entry)
{
    struct report_outage outage = {0};
    int64_t since_us, last_us = 0;
    int place = -1;

    for (size_t i = 0; i < entry->event_count; i++) {
        const struct report_event *event = event_at(html, entry, i);

        last_us = event->time_us;
        since_us = report_outage_next(&outage, event);
        if (since_us == 0 || !outage.shown || place == place_of(html, since_us))
            continue;
        span(html, "gap", since_us, event->time_us);
        if (place_of(html, since_us) == place_of(html, event->time_us))
            place = place_of(html, since_us);
    }
    since_us = report_outage_began(&outage);
    if (since_us != 0 && outage.shown)
        span(html, "gap", since_us, last_us);
}

static bool tells(const struct html *html, const struct report_entry *entry, size_t i)
{
    return html->tells[html->report->order[entry->first_event + i]];
}

/* Who had the port, or for how long old connections still had it; one of each in a place. */
static void holders(const struct html *html, const struct report_entry *entry)
{
    int held = -1, waits = -1;

    for (size_t i = 0; i < entry->event_count; i++) {
        const struct report_event *event = event_at(html, entry, i);
        int place = place_of(html, event->time_us);

        if (event->reason == 0 || !event->shown)
            continue;
        if (event->since_us != 0 && event->since_us <= event->time_us && place != held) {
            span(html, "held", event->since_us, event->time_us);
            held = place;
        }
        if (event->frees_in_ms > 0 && place != waits) {
            span(html, "wait", event->time_us,
                 event->time_us + (int64_t)event->frees_in_ms * 1000);
            waits = place;
        }
    }
}

static void worked(const struct html *html, const struct report_entry *entry)
{
    int last = -1;

    for (size_t i = 0; i < entry->event_count; i++) {
        const struct report_event *event = event_at(html, entry, i);
        int place = place_of(html, event->time_us);

        if (event->reason != 0 || !event->shown || place == last)
            continue;
        fprintf(html->file, "<i class=\"work\" style=\"left:%.3f%%\"></i>",
                percent(html, event->time_us));
        last = place;
    }
}

/* Failures in one place are one mark, which leads to the first of them. */
static void marks(const struct html *html, const struct report_entry *entry)
{
    size_t next;

    for (size_t i = 0; i < entry->event_count; i = next) {
        const struct report_event *event = event_at(html, entry, i);
        char buffer[256];
        struct text label = text_in(buffer, sizeof buffer);
        size_t first = i;
        uint64_t count = 0;

        for (next = i; next < entry->event_count; next++) {
            const struct report_event *other = event_at(html, entry, next);

            if (place_of(html, other->time_us) != place_of(html, event->time_us))
                break;
            count += other->reason != 0 && other->shown ? other->weight : 0;
            if (!tells(html, entry, first) && tells(html, entry, next)) {
                event = other;
                first = next;
            }
        }
        if (!tells(html, entry, first))
            continue;
        report_add_time(&label, event->time_us);
        text_format(&label, ", %llu %s, %-60s", (unsigned long long)count,
                    count == 1 ? "failure" : "failures",
                    report_name(html->report, event->reason));
        fprintf(html->file, "<a href=\"#f%u\" style=\"left:%.3f%%\" title=\"",
                html->report->order[entry->first_event + first],
                percent(html, event->time_us));
        html_text(html->file, &label);
        fputs("\" aria-label=\"", html->file);
        html_text(html->file, &label);
        fputs("\"></a>", html->file);
    }
}

void html_track(struct html *html, const struct report_entry *entry)
{
    html->tracks++;
    fputs("<div class=\"track\" role=\"group\" aria-label=\"timeline of ", html->file);
    html_name(html, entry->where.service);
    fputs("\">", html->file);
    gaps(html, entry);
    holders(html, entry);
    worked(html, entry);
    marks(html, entry);
    fputs("</div>\n", html->file);
}

/* ---- One by one ---- */

static void explanation(const struct html *html, const struct report_entry *entry,
                        const struct report_event *event)
{
    char buffer[2048];
    struct text text = text_in(buffer, sizeof buffer);
    const struct report *report = html->report;

    report_add_time(&text, event->time_us);
    text_format(&text, event->weight > 1 ? " (%u times) " : " ", event->weight);
    text_format(&text, "%-100s", report_name(report, entry->where.service));
    if (event->pid != 0)
        text_format(&text, "[%d]", event->pid);
    text_add(&text, event->listened ? " could not listen on " : " could not have ");
    report_add_address(&text, report, &entry->where);
    if (event->holder != 0) {
        text_format(&text, ": %-100s", report_name(report, event->holder));
        if (event->holder_pid != 0)
            text_format(&text, "[%d]", event->holder_pid);
        text_add(&text, " had it");
    }
    if (event->holder_state != 0)
        text_format(&text, event->holder != 0 ? " (%-40s)" : ": %-40s",
                    report_name(report, event->holder_state));
    text_format(&text, " [%-60s].", report_name(report, event->reason));
    if (event->frees_in_ms > 0) {
        text_add(&text, " It would have freed itself in ");
        words_duration(&text, event->frees_in_ms);
        text_char(&text, '.');
    }
    html_text(html->file, &text);
}

static void helps(const struct html *html, size_t event)
{
    const char *at = report_cures_of(html->report, event), *end;
    char line[512];

    while (at != NULL && *at != '\0') {
        end = at;
        while (*end != '\0' && *end != '\n')
            end++;
        snprintf(line, sizeof line, "%.*s", (int)(end - at), at);
        fputs("<br>would have helped: ", html->file);
        html_string(html->file, line);
        at = *end == '\n' ? end + 1 : end;
    }
}

void html_failures(const struct html *html, const struct report_entry *entry)
{
    size_t told = 0;

    for (size_t i = 0; i < entry->event_count; i++)
        told += tells(html, entry, i);
    if (told == 0)
        return;
    fprintf(html->file, "<details><summary>%zu %s, one by one</summary>\n<ol>\n", told,
            told == 1 ? "record" : "records");
    for (size_t i = entry->event_count; i-- > 0;) {
        const struct report_event *event = event_at(html, entry, i);

        if (!tells(html, entry, i))
            continue;
        fprintf(html->file, "<li id=\"f%u\">", html->report->order[entry->first_event + i]);
        explanation(html, entry, event);
        helps(html, html->report->order[entry->first_event + i]);
        fputs("</li>\n", html->file);
    }
    fputs("</ol></details>\n", html->file);
}

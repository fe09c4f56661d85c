/* Which failures the page tells one by one, and the time that its timelines span. */
#include <stdlib.h>

#include "command/console.h"
#include "command/report_html.h"

static const int64_t year_us = INT64_C(366) * 24 * 3600 * 1000000;

struct moment {
    int64_t time_us;
    size_t event;
};

/* The order of the times; of one time, that in which they were read. */
static int compare_moments(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;

    if (a->time_us != b->time_us)
        return a->time_us > b->time_us ? 1 : -1;
    return a->event > b->event ? 1 : -1;
}

/* What has a mark: failures, and what worked where something failed. */
static bool is_marked(const struct report *report, const struct report_event *event)
{
    return event->shown && (event->reason != 0 || report->entries[event->entry].failures > 0);
}

static struct moment *moments_of(const struct report *report, size_t *count)
{
    struct moment *moments = console_memory((report->event_count + 1) * sizeof *moments);

    *count = 0;
    for (size_t i = 0; i < report->event_count; i++)
        if (is_marked(report, report_event(report, i)))
            moments[(*count)++] = (struct moment){report_event(report, i)->time_us, i};
    if (*count > 0)
        qsort(moments, *count, sizeof *moments, compare_moments);
    return moments;
}

/* A clock that was wrong, 1970 or 9999, would leave all others in one place. Of the times that
 * are less than a year from each other, those that are most span the timelines. */
static void choose_span(struct html *html, const struct moment *moments, size_t count)
{
    size_t begin = 0, most = 0;
    int64_t margin_us;

    for (size_t i = 1; i <= count; i++) {
        if (i < count && moments[i].time_us - moments[i - 1].time_us < year_us)
            continue;
        if (i - begin >= most) { /* of two that are as many, the later */
            most = i - begin;
            html->from_us = moments[begin].time_us;
            html->to_us = moments[i - 1].time_us;
        }
        begin = i;
    }
    html->outside = count - most;
    margin_us = (html->to_us - html->from_us) / 50; /* marks at the ends are seen whole */
    html->from_us -= margin_us;
    html->to_us += margin_us;
}

void html_choose(struct html *html)
{
    const struct report *report = html->report;
    size_t count, told = 0;
    struct moment *moments = moments_of(report, &count);

    choose_span(html, moments, count);
    html->tells = console_memory(report->event_count + 1);
    for (size_t i = count; i-- > 0;) {
        if (report_event(report, moments[i].event)->reason == 0)
            continue;
        html->tells[moments[i].event] = told < REPORT_TOLD_MAX;
        html->left_out += told == REPORT_TOLD_MAX;
        told += told < REPORT_TOLD_MAX;
    }
    free(moments);
}

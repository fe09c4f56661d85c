/* What would have helped at each failure that a page tells one by one. These texts name processes
 * and ports, so that hardly two are alike: of all but the newest they are given back again. */
#include <stdlib.h>
#include <string.h>

#include "command/console.h"
#include "command/report.h"

/* The newest first; of one time, what was read last. */
static int compare_newest(const void *left, const void *right)
{
    const struct report_told *a = left, *b = right;

    if (a->time_us != b->time_us)
        return a->time_us < b->time_us ? 1 : -1;
    return a->event < b->event ? 1 : -1;
}

static int compare_events(const void *left, const void *right)
{
    const struct report_told *a = left, *b = right;

    return a->event > b->event ? 1 : a->event < b->event ? -1 : 0;
}

static void keep_newest(struct report *report)
{
    qsort(report->told, report->told_count, sizeof *report->told, compare_newest);
    while (report->told_count > REPORT_TOLD_MAX)
        free(report->told[--report->told_count].cures);
}

void report_keep_cures(struct report *report, size_t event, const struct line *line)
{
    char buffer[CURES_MAX * (CURE_TEXT_MAX + 64)];
    struct text text = text_in(buffer, sizeof buffer);
    struct report_told *told;

    if (line->cure_count == 0)
        return;
    for (size_t i = 0; i < line->cure_count; i++)
        text_format(&text, "%s[%-20s] %-300s", i > 0 ? "\n" : "", line->cures[i].risk,
                    line->cures[i].text);
    if (report->told == NULL)
        report->told = console_memory(2 * REPORT_TOLD_MAX * sizeof *report->told);
    if (report->told_count == 2 * REPORT_TOLD_MAX)
        keep_newest(report);
    told = &report->told[report->told_count++];
    *told = (struct report_told){line->time_us, (uint32_t)event, console_memory(text.used + 1)};
    memcpy(told->cures, buffer, text.used + 1);
}

void report_order_cures(struct report *report)
{
    if (report->told_count > 0)
        qsort(report->told, report->told_count, sizeof *report->told, compare_events);
}

const char *report_cures_of(const struct report *report, size_t event)
{
    const struct report_told wanted = {.event = (uint32_t)event};
    const struct report_told *found;

    if (report->told_count == 0)
        return NULL;
    found = bsearch(&wanted, report->told, report->told_count, sizeof *report->told,
                    compare_events);
    return found != NULL ? found->cures : NULL;
}

/* One page with nothing from outside: figures that need no script, a timeline for each port, and
 * each failure explained where its mark is looked at. */
#include "command/report_html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/console.h"
#include "command/report_page.h"
#include "report/words.h"

enum { SHOWN_MAX = 400, ROWS_MAX = 20 };

static void escaped(FILE *file, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        switch (bytes[i]) {
        case '&': fputs("&amp;", file); break;
        case '<': fputs("&lt;", file); break;
        case '>': fputs("&gt;", file); break;
        case '"': fputs("&quot;", file); break;
        case '\'': fputs("&#39;", file); break;
        default: fputc(bytes[i], file); break;
        }
    }
}

void html_text(FILE *file, const struct text *text)
{
    escaped(file, text->start, text->used);
}

void html_string(FILE *file, const char *string)
{
    char buffer[SHOWN_MAX * 2];
    struct text text = text_in(buffer, sizeof buffer);

    text_shown(&text, string, strlen(string), SHOWN_MAX);
    html_text(file, &text);
}

void html_name(const struct html *html, uint32_t number)
{
    html_string(html->file, report_name(html->report, number));
}

static void lines(FILE *file, const char *const *line)
{
    for (; *line != NULL; line++)
        fprintf(file, "%s\n", *line);
}

/* Only this page's own script runs, whatever a record says. */
static void head(FILE *file, const char nonce[33])
{
    fprintf(file,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            "style-src 'unsafe-inline'; script-src 'nonce-%s'; base-uri 'none'; "
            "form-action 'none'\">\n<meta name=\"generator\" content=\"reuseshim %s\">\n"
            "<title>Addresses that were in use</title>\n<style>\n",
            nonce, REUSESHIM_VERSION);
    lines(file, report_style);
    fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#ports\">To the timelines</a>\n",
          file);
}

static void figures(const struct html *html, const char *title, const char *what,
                    const struct report_count *counts, size_t count)
{
    fprintf(html->file, "<table><caption class=\"quiet\">%s</caption>"
                        "<tr><th scope=\"col\">%s</th>"
                        "<th scope=\"col\" class=\"n\">failures</th></tr>\n",
            title, what);
    for (size_t i = 0; i < count && i < ROWS_MAX; i++) {
        fputs("<tr><td>", html->file);
        html_name(html, counts[i].what);
        fprintf(html->file, "</td><td class=\"n\">%llu</td></tr>\n",
                (unsigned long long)counts[i].count);
    }
    if (count > ROWS_MAX)
        fprintf(html->file, "<tr><td>and %zu more</td><td></td></tr>\n", count - ROWS_MAX);
    fputs("</table>\n", html->file);
}

static void summary(const struct html *html, size_t entries)
{
    const struct report *report = html->report;
    char buffer[512];
    struct text text = text_in(buffer, sizeof buffer);
    size_t count;
    struct report_count *counts;

    words_count(&text, report->failures, "failure");
    text_add(&text, " of ");
    words_count(&text, entries, "service");
    if (entries > 0) {
        text_add(&text, ", ");
        report_add_time(&text, report->first_us);
        text_add(&text, " to ");
        report_add_time(&text, report->last_us);
        text_add(&text, " UTC");
    }
    fputs("<header><h1>Addresses that were in use</h1>\n<p>", html->file);
    html_text(html->file, &text);
    fputs("</p></header>\n<main>\n<div class=\"figures\">\n", html->file);
    counts = report_by_reason(report, &count);
    figures(html, "Why", "reason", counts, count);
    free(counts);
    counts = report_by_host(report, &count);
    figures(html, "Where", "host", counts, count);
    free(counts);
    fputs("</div>\n", html->file);
}

/* What is known of an entry in words and figures. */
static void facts(const struct html *html, const struct report_entry *entry)
{
    char buffer[1024];
    struct text text = text_in(buffer, sizeof buffer);

    fprintf(html->file, "<p>%llu %s: ", (unsigned long long)entry->failures,
            entry->failures == 1 ? "failure" : "failures");
    for (size_t i = 0; i < entry->reason_count; i++) {
        fputs(i > 0 ? ", " : "", html->file);
        html_name(html, entry->reasons[i].what);
        fprintf(html->file, " %llu", (unsigned long long)entry->reasons[i].count);
    }
    fputs(". The last: ", html->file);
    report_add_time(&text, entry->last_us);
    text_add(&text, ". Worked: ");
    report_add_worked(&text, entry);
    html_text(html->file, &text);
    fputs(".</p>\n", html->file);
    for (size_t i = 0; i < IF_COUNT; i++)
        if (report_tells_would(entry, (enum what_if)i))
            fprintf(html->file, "<p class=\"quiet\">Would have helped %llu of %llu: %s</p>\n",
                    (unsigned long long)entry->would[i], (unsigned long long)entry->in_full,
                    report_would_words((enum what_if)i));
}

/* What the search looks through, in small letters as far as ASCII goes. */
static void words(const struct html *html, const struct report_entry *entry)
{
    char buffer[2048];
    struct text text = text_in(buffer, sizeof buffer);
    const struct report *report = html->report;

    text_format(&text, "%-200s %-200s %-100s ", report_name(report, entry->where.host),
                report_name(report, entry->where.service), report_name(report, entry->comm));
    report_add_address(&text, report, &entry->where);
    for (size_t i = 0; i < entry->reason_count; i++)
        text_format(&text, " %-60s", report_name(report, entry->reasons[i].what));
    text_format(&text, " %-200s ", report_name(report, entry->holder));
    for (size_t i = 0; i < text.used; i++)
        if (buffer[i] >= 'A' && buffer[i] <= 'Z')
            buffer[i] = (char)(buffer[i] + ('a' - 'A'));
    html_text(html->file, &text);
}

static bool is_same_port(const struct report_where *a, const struct report_where *b)
{
    return a->host == b->host && a->proto == b->proto && a->port == b->port &&
           (a->port >= 0 || a->address == b->address);
}

/* Services that have the same port, and never failed. */
static void winners(const struct html *html, const struct report_where *where)
{
    const struct report *report = html->report;

    for (size_t i = 0; i < report->wheres.count; i++) {
        const struct report_entry *entry = &report->entries[i];

        if (entry->failures > 0 || !is_same_port(where, &entry->where))
            continue;
        fputs("<h4>", html->file);
        html_name(html, entry->where.service);
        fprintf(html->file, ": %llu %s that worked</h4>\n", (unsigned long long)entry->worked,
                entry->worked == 1 ? "bind" : "binds");
        html_track(html, entry);
    }
}

static void section(const struct html *html, struct report_entry **entries, size_t count)
{
    const struct report_where *first = &entries[0]->where;
    char from[32], to[32];
    struct text text = text_in(from, sizeof from), end = text_in(to, sizeof to);

    fputs("<section class=\"port\" data-words=\"", html->file);
    for (size_t i = 0; i < count; i++)
        if (is_same_port(first, &entries[i]->where))
            words(html, entries[i]);
    fputs("\">\n", html->file);
    for (size_t i = 0; i < count; i++) {
        struct report_entry *entry = entries[i];
        char buffer[1024];
        struct text title = text_in(buffer, sizeof buffer);

        if (!is_same_port(first, &entry->where))
            continue;
        html->done[entry - html->report->entries] = true;
        report_add_address(&title, html->report, &entry->where);
        text_format(&title, " on %-100s: %-100s", report_name(html->report, entry->where.host),
                    report_name(html->report, entry->where.service));
        fputs("<h3>", html->file);
        html_text(html->file, &title);
        fputs("</h3>\n", html->file);
        facts(html, entry);
        html_track(html, entry);
        html_failures(html, entry);
    }
    winners(html, first);
    report_add_time(&text, html->from_us);
    report_add_time(&end, html->to_us);
    fprintf(html->file, "<div class=\"scale\"><span>%s</span><span>%s</span></div>\n</section>\n",
            from, to);
}

static void ports(const struct html *html, struct report_entry **entries, size_t count)
{
    size_t i, sections = 0;

    fputs("<h2 id=\"ports\">Ports, the one that failed last first</h2>\n"
          "<div id=\"search\" hidden><label>Search: host, service, address, reason<br>"
          "<input type=\"search\"></label> <span id=\"count\" role=\"status\"></span></div>\n"
          "<p class=\"key\"><span><b class=\"f\"></b>a bind that failed</span>"
          "<span><b class=\"g\"></b>until it worked</span>"
          "<span><b class=\"h\"></b>another had the port</span>"
          "<span><b class=\"t\"></b>old connections lingered</span>"
          "<span><b class=\"w\"></b>a bind that worked</span></p>\n",
          html->file);
    for (i = 0; i < count && sections < HTML_SECTIONS_MAX; i++) {
        if (html->done[entries[i] - html->report->entries])
            continue;
        section(html, entries + i, count - i);
        sections++;
    }
    if (i < count)
        fputs("<p>Further ports are in the figures alone: filters tell of them.</p>\n", html->file);
    fputs("<output id=\"told\" aria-live=\"polite\"></output>\n", html->file);
}

static void reasons(const struct html *html)
{
    size_t count;
    struct report_count *counts = report_by_reason(html->report, &count);

    fputs("<h2>What the reasons mean</h2>\n<dl>\n", html->file);
    for (size_t i = 0; i < count; i++) {
        enum reason reason = reason_by_id(report_name(html->report, counts[i].what));

        if (reason == REASON_COUNT)
            continue;
        fprintf(html->file, "<dt class=\"risk\">%s</dt><dd>", reason_id(reason));
        html_string(html->file, reason_meaning(reason));
        fputs("</dd>\n", html->file);
    }
    fputs("</dl>\n</main>\n", html->file);
    free(counts);
}

static int compare_times(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return a > b ? -1 : a < b;
}

/* The time of the oldest failure that is still told one by one; 0 where all are. */
static int64_t told_since(const struct report *report)
{
    int64_t *times = console_memory((report->event_count + 1) * sizeof *times), since_us = 0;
    size_t count = 0;

    for (size_t i = 0; i < report->event_count; i++)
        if (report_event(report, i)->reason != 0)
            times[count++] = report_event(report, i)->time_us;
    if (count > HTML_FAILURES_MAX) {
        qsort(times, count, sizeof *times, compare_times);
        since_us = times[HTML_FAILURES_MAX - 1];
    }
    free(times);
    return since_us;
}

static void span_of(struct html *html)
{
    const struct report *report = html->report;
    int64_t margin_us;

    html->from_us = report->first_us;
    html->to_us = report->last_us;
    for (size_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = report_event(report, i);

        if (event->reason == 0 && report->entries[event->entry].failures == 0)
            continue;
        if (event->time_us < html->from_us)
            html->from_us = event->time_us;
        if (event->time_us > html->to_us)
            html->to_us = event->time_us;
    }
    margin_us = (html->to_us - html->from_us) / 50; /* marks at the ends are seen whole */
    html->from_us -= margin_us;
    html->to_us += margin_us;
}

static void write_page(struct html *html)
{
    unsigned char random[16];
    char nonce[33];
    size_t count;
    struct report_entry **entries = report_newest(html->report, &count);

    if (getentropy(random, sizeof random) < 0)
        memset(random, 0, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(nonce + 2 * i, 3, "%02x", random[i]);
    html->done = console_memory(html->report->wheres.count + 1);
    html->told_since_us = told_since(html->report);
    span_of(html);
    head(html->file, nonce);
    summary(html, count);
    if (html->told_since_us != 0)
        fprintf(html->file, "<p>The newest %d records are told one by one; all are counted.</p>\n",
                HTML_FAILURES_MAX);
    ports(html, entries, count);
    reasons(html);
    fprintf(html->file, "<script nonce=\"%s\">\n", nonce);
    lines(html->file, report_script);
    fputs("</script>\n</body>\n</html>\n", html->file);
    free(html->done);
    free(entries);
}

/* A log whose name was taken for the page's stays as it is. */
static bool is_something_else(const char *path)
{
    static const char page[] = "<!DOCTYPE html>";
    char start[sizeof page - 1];
    struct stat status;
    FILE *file = stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0
                     ? fopen(path, "re")
                     : NULL;
    bool is_page = file == NULL || (fread(start, 1, sizeof start, file) == sizeof start &&
                                    memcmp(start, page, sizeof start) == 0);

    if (file != NULL)
        fclose(file);
    return !is_page;
}

bool report_print_html(const struct report *report, const char *path)
{
    struct html html;
    bool failed;

    if (is_something_else(path)) {
        console_error("%s is there, and is no page of a report: it stays as it is",
                      console_shown(path));
        return false;
    }
    html = (struct html){.file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we"),
                         .report = report};
    if (html.file == NULL) {
        console_error("%s can't be written: %s", console_shown(path), strerror(errno));
        return false;
    }
    write_page(&html);
    if (html.file == stdout)
        return true;
    failed = ferror(html.file) != 0;
    failed |= fclose(html.file) != 0;
    if (failed)
        console_error("%s could not be written: %s", console_shown(path), strerror(errno));
    return !failed;
}

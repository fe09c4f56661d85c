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

enum { ROWS_MAX = 20 };

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

    report_add_services(&text, report, entries);
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
    html_choose(html);
    head(html->file, nonce);
    summary(html, count);
    if (html->left_out > 0)
        fprintf(html->file, "<p>The newest %d records are told one by one; all are counted.</p>\n",
                REPORT_TOLD_MAX);
    if (html->outside > 0)
        fprintf(html->file,
                "<p>%zu %s more than a year from the others: the timelines end before. "
                "A clock may have been wrong.</p>\n",
                html->outside, html->outside == 1 ? "record is" : "records are");
    html_ports(html, entries, count);
    reasons(html);
    fprintf(html->file, "<script nonce=\"%s\">\n", nonce);
    lines(html->file, report_script);
    fputs("</script>\n</body>\n</html>\n", html->file);
    free(html->tells);
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

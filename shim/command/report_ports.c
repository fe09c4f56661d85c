/* The page's sections: a port of a host each, with the services that failed there and those that
 * had it. */
#include "command/report_html.h"

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
    char buffer[4096];
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

static bool is_winner(const struct report_entry *entry, const struct report_where *where)
{
    return entry->failures + entry->hidden == 0 && entry->worked > 0 &&
           is_same_port(where, &entry->where);
}

/* Services that have the same port, and never failed. */
static void winners(struct html *html, const struct report_where *where)
{
    const struct report *report = html->report;
    size_t told = 0, more = 0;

    for (size_t i = 0; i < report->wheres.count; i++) {
        const struct report_entry *entry = &report->entries[i];

        if (!is_winner(entry, where))
            continue;
        if (told == HTML_WINNERS_MAX || html->tracks == HTML_TRACKS_MAX) {
            more++;
            continue;
        }
        told++;
        fputs("<h4>", html->file);
        html_name(html, entry->where.service);
        fprintf(html->file, ": %llu %s that worked</h4>\n", (unsigned long long)entry->worked,
                entry->worked == 1 ? "bind" : "binds");
        html_track(html, entry);
    }
    if (more > 0)
        fprintf(html->file, "<p>And %zu more that never failed here.</p>\n", more);
}

static void told_entry(struct html *html, const struct report_entry *entry)
{
    char buffer[1024];
    struct text title = text_in(buffer, sizeof buffer);

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

/* The port of the first of ENTRIES, with all of the COUNT that have it, as far as there is room;
 * each that is told becomes NULL. */
static void section(struct html *html, struct report_entry **entries, size_t count)
{
    const struct report_where *first = &entries[0]->where;
    size_t room = HTML_TRACKS_MAX - html->tracks, told = 0;
    char from[32], to[32];
    struct text text = text_in(from, sizeof from), end = text_in(to, sizeof to);

    fputs("<section class=\"port\" data-words=\"", html->file);
    for (size_t i = 0; i < count && told < room; i++) {
        if (entries[i] == NULL || !is_same_port(first, &entries[i]->where))
            continue;
        words(html, entries[i]);
        told++;
    }
    fputs("\">\n", html->file);
    for (size_t i = 0; told > 0; i++) {
        if (entries[i] == NULL || !is_same_port(first, &entries[i]->where))
            continue;
        told_entry(html, entries[i]);
        entries[i] = NULL;
        told--;
    }
    winners(html, first);
    report_add_time(&text, html->from_us);
    report_add_time(&end, html->to_us);
    fprintf(html->file, "<div class=\"scale\"><span>%s</span><span>%s</span></div>\n</section>\n",
            from, to);
}

void html_ports(struct html *html, struct report_entry **entries, size_t count)
{
    size_t more = 0;

    fputs("<h2 id=\"ports\">Ports, the one that failed last first</h2>\n"
          "<div id=\"search\" hidden><label>Search: host, service, address, reason<br>"
          "<input type=\"search\"></label> <span id=\"count\" role=\"status\"></span></div>\n"
          "<p class=\"key\"><span><b class=\"f\"></b>a bind that failed</span>"
          "<span><b class=\"g\"></b>until it worked</span>"
          "<span><b class=\"h\"></b>another had the port</span>"
          "<span><b class=\"t\"></b>old connections lingered</span>"
          "<span><b class=\"w\"></b>a bind that worked</span></p>\n",
          html->file);
    for (size_t i = 0; i < count; i++) {
        if (entries[i] == NULL)
            continue;
        if (html->tracks < HTML_TRACKS_MAX)
            section(html, entries + i, count - i);
        else
            more++;
    }
    if (more > 0)
        fprintf(html->file, "<p>%zu further services and addresses are in the figures alone: "
                            "filters tell of them.</p>\n", more);
    fputs("<output id=\"told\" aria-live=\"polite\"></output>\n", html->file);
}

/* reuseshim report: from the records of one or many machines to what failed, how often and why. */
#include "command/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "command/command.h"
#include "command/console.h"
#include "command/report_input.h"

enum {
    FLAG_HTML = 0,
    FLAG_HOST,
    FLAG_UNIT,
    FLAG_PORT,
    FLAG_PROGRAM,
    FLAG_REASON,
    FLAG_SINCE,
    FLAG_UNTIL,
    FLAG_ALL,
    ENTRIES_TOLD = 20
};

/* A history names no host; the records of the same boot do. So histories wait for the end. */
struct later {
    char *path;
    void *bytes;
    size_t size;
};

struct reading {
    struct report report;
    struct later *histories;
    size_t history_count, history_room;
    size_t histories_before;          /* this file */
    uint64_t before[LINE_KIND_COUNT]; /* likewise */
    bool any;                         /* something could be read */
};

static void take_line(void *context, char *bytes, size_t length)
{
    struct reading *reading = context;
    struct line line;

    line_read(&line, bytes, length);
    report_gather(&reading->report, &line);
    reading->any = true;
}

static void take_too_long(void *context)
{
    struct reading *reading = context;

    reading->report.lines[LINE_LONG]++;
}

static void take_history(void *context, const char *path, void *bytes, size_t size)
{
    struct reading *reading = context;
    struct later *later;

    reading->histories = console_grown(reading->histories, &reading->history_room,
                                       reading->history_count, sizeof *reading->histories);
    later = &reading->histories[reading->history_count++];
    later->path = console_memory(strlen(path) + 1);
    strcpy(later->path, path);
    later->bytes = console_memory(size + 8);
    memcpy(later->bytes, bytes, size);
    later->size = size;
}

/* What was skipped of a file is said, or counts would be believed that are too small. */
static void take_file(void *context, const char *path, const char *trouble)
{
    struct reading *reading = context;
    const uint64_t *lines = reading->report.lines;
    char buffer[512];
    struct text text = text_in(buffer, sizeof buffer);
    uint64_t skipped = 0;

    for (size_t i = LINE_CUT; i < LINE_KIND_COUNT; i++) {
        uint64_t count = lines[i] - reading->before[i];

        if (count > 0)
            text_format(&text, "%s%llu %s", skipped > 0 ? ", " : "", (unsigned long long)count,
                        line_kind_meaning((enum line_kind)i));
        skipped += count;
    }
    memcpy(reading->before, lines, sizeof reading->before);
    reading->report.files++;
    reading->report.files_in_trouble += trouble != NULL;
    reading->any |= trouble == NULL && reading->history_count == reading->histories_before;
    reading->histories_before = reading->history_count;
    if (trouble != NULL)
        console_error("%s: %s", console_shown(path), trouble);
    if (skipped > 0)
        console_error("%s: skipped lines: %s", console_shown(path), text.start);
}

static void read_histories(struct reading *reading)
{
    for (size_t i = 0; i < reading->history_count; i++) {
        struct later *later = &reading->histories[i];

        if (report_gather_history(&reading->report, later->bytes, later->size)) {
            reading->any = true;
        } else {
            reading->report.files_in_trouble++;
            console_error("%s: no history that can be understood: skipped",
                          console_shown(later->path));
        }
        free(later->path);
        free(later->bytes);
    }
    free(reading->histories);
}

/* An age, "24h", or a time, "2026-11-28T22:00". */
static int64_t time_us(const struct arguments *arguments)
{
    int64_t us;

    if (line_time(arguments->value, &us))
        return us;
    if (strchr(arguments->value, '-') != NULL)
        arguments_wrong(arguments,
                        "'%s' is no date that there is, as in 2026-11-28 or 2026-11-28T22:00",
                        console_shown(arguments->value));
    return sys_realtime_us() - arguments_age_us(arguments);
}

static void read_flags(struct reading *reading, struct arguments *arguments, const char **html,
                       size_t *limit)
{
    struct report_filter *filter = &reading->report.filter;
    int flag;

    *html = NULL;
    *limit = ENTRIES_TOLD;
    filter->port = -1;
    filter->since_us = INT64_MIN;
    filter->until_us = INT64_MAX;
    while ((flag = arguments_next(arguments)) >= 0) {
        switch (flag) {
        case FLAG_HTML: *html = arguments->value; break;
        case FLAG_HOST: filter->host = arguments->value; break;
        case FLAG_UNIT: filter->unit = arguments->value; break;
        case FLAG_PORT: filter->port = arguments_number(arguments, "port", UINT32_MAX); break;
        case FLAG_PROGRAM: filter->program = arguments->value; break;
        case FLAG_REASON: filter->reason = arguments->value; break;
        case FLAG_SINCE: filter->since_us = time_us(arguments); break;
        case FLAG_UNTIL: filter->until_us = time_us(arguments); break;
        case FLAG_ALL: *limit = SIZE_MAX; break;
        default: abort(); /* a row of the table without its case */
        }
    }
    if (filter->since_us >= filter->until_us)
        arguments_wrong(arguments,
                        "nothing is between --since and --until: the first must be earlier");
    if (*html != NULL && strcmp(*html, "-") == 0 && arguments->json)
        arguments_wrong(arguments,
                        "--json and --html - both want the standard output: name a file");
    reading->report.keep_cures = *html != NULL;
}

static int run(struct arguments *arguments)
{
    static struct reading reading;
    const struct input_visitor visitor = {take_line, take_too_long, take_history, take_file,
                                          &reading};
    const char *html;
    size_t limit;

    read_flags(&reading, arguments, &html, &limit);
    for (int i = 0; i < arguments->count; i++)
        input_read(arguments->words[i], &visitor);
    if (arguments->count == 0)
        input_read("-", &visitor);
    read_histories(&reading);
    if (!reading.any)
        return EXIT_USAGE;
    report_outages(&reading.report);
    if (html != NULL && !report_print_html(&reading.report, html))
        return EXIT_USAGE;
    if (arguments->json)
        report_print_json(&reading.report);
    else if (html == NULL)
        report_print_text(&reading.report, limit);
    return EXIT_YES;
}

static const struct flag flags[] = {
    [FLAG_HTML] = {"html", 0, "FILE", "writes one page with timelines, instead of the summary"},
    [FLAG_HOST] = {"host", 0, "GLOB", "only records of hosts of this name"},
    [FLAG_UNIT] = {"unit", 0, "GLOB", "only of programs in units of this name"},
    [FLAG_PORT] = {"port", 0, "N", "only of this port"},
    [FLAG_PROGRAM] = {"program", 0, "GLOB", "only of programs of this name"},
    [FLAG_REASON] = {"reason", 0, "GLOB", "only failures for this reason"},
    [FLAG_SINCE] = {"since", 0, "TIME", "only of the last 90s, 30m, 24h, 7d, or since a time"},
    [FLAG_UNTIL] = {"until", 0, "TIME", "only before that"},
    [FLAG_ALL] = {"all", 0, NULL, "all services and addresses, not the newest 20 alone"},
};

const struct subcommand report_subcommand = {
    .name = "report",
    .usage = "[OPTION]... [FILE or folder]...",
    .summary = "Tells what failed, when and why, over the records of many machines",
    .details =
        "Reads each FILE, all files of a folder, or else the standard input (-): records\n"
        "as REUSESHIM_FORMAT=json writes them, by themselves or as syslog daemons, the\n"
        "journal (journalctl -o json --all) and container engines keep them; and\n"
        "histories. What gzip, zstd or xz has compressed is read by that tool. Lines that\n"
        "are no records are counted, skipped and told on stderr. A record that is read\n"
        "twice counts once. The service and address that failed last comes first; times\n"
        "are UTC: 2026-11-28, 2026-11-28T22:00.\n\n"
        "When a service worked again is known from records of policy log and from\n"
        "histories alone. Filters choose the failures that are told; how long an outage\n"
        "took is told whole, also where it began before --since.\n\n"
        "Exit code: 0; 3 usage, or nothing could be read.\n",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .has_json = true,
    .usage_exit = EXIT_USAGE,
    .run = run,
};

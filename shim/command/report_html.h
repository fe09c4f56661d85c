/* The parts of the page. */
#ifndef REUSESHIM_COMMAND_REPORT_HTML_H
#define REUSESHIM_COMMAND_REPORT_HTML_H

#include <stdio.h>

#include "command/report.h"

enum {
    HTML_FAILURES_MAX = 5000, /* that are told one by one: the newest */
    HTML_SECTIONS_MAX = 500,  /* ports with a timeline */
    HTML_PLACES = 200         /* of a timeline: marks in one place are one mark */
};

struct html {
    FILE *file;
    const struct report *report;
    int64_t from_us, to_us; /* of all timelines */
    int64_t told_since_us;  /* failures before are counted, not told one by one */
    bool *done;             /* entries that have been written */
};

/* Writes STRING, which comes from outside: no byte of it can be markup, a control character or
 * half a character. At most 400 bytes are shown. */
void html_string(FILE *file, const char *string);

/* The name of NUMBER in the same way. */
void html_name(const struct html *html, uint32_t number);

/* Text of ours and of numbers, as a builder has it: the same escaping. */
void html_text(FILE *file, const struct text *text);

/* The timeline of ENTRY. */
void html_track(const struct html *html, const struct report_entry *entry);

/* The failures of ENTRY, one by one: what a mark of the timeline leads to. */
void html_failures(const struct html *html, const struct report_entry *entry);

/* Is this failure told one by one? */
bool html_tells(const struct html *html, const struct report_event *event);

#endif

/* The parts of the page. */
#ifndef REUSESHIM_COMMAND_REPORT_HTML_H
#define REUSESHIM_COMMAND_REPORT_HTML_H

#include <stdio.h>

#include "command/report.h"

enum {
    HTML_TRACKS_MAX = 500,    /* timelines: of services at an address */
    HTML_WINNERS_MAX = 20,    /* of them on one port, of services that never failed there */
    HTML_PLACES = 200         /* of a timeline: marks in one place are one mark */
};

struct html {
    FILE *file;
    const struct report *report;
    int64_t from_us, to_us; /* of all timelines */
    size_t outside;         /* records of other years */
    bool *tells;            /* which events are told one by one, by index */
    size_t left_out;        /* failures that are not */
    size_t tracks;          /* timelines that have been written */
};

/* Writes STRING, which comes from outside: no byte of it can be markup, a control character or
 * half a character. At most 400 bytes are shown. */
void html_string(FILE *file, const char *string);

/* The name of NUMBER in the same way. */
void html_name(const struct html *html, uint32_t number);

/* Text of ours and of numbers, as a builder has it: the same escaping. */
void html_text(FILE *file, const struct text *text);

/* Chooses what is told one by one, and the span of the timelines. */
void html_choose(struct html *html);

/* The sections of COUNT ENTRIES, which become NULL as they are told. */
void html_ports(struct html *html, struct report_entry **entries, size_t count);

/* The timeline of ENTRY. */
void html_track(struct html *html, const struct report_entry *entry);

/* The failures of ENTRY, one by one: what a mark of the timeline leads to. */
void html_failures(const struct html *html, const struct report_entry *entry);

#endif

/* What records are made of, as cJSON's tree has it. Types are never taken for granted. */
#ifndef REUSESHIM_COMMAND_REPORT_RECORD_H
#define REUSESHIM_COMMAND_REPORT_RECORD_H

#include <cjson/cJSON.h>

#include "command/report_line.h"

/* The string VALUE, which lives as long as its tree; NULL if it is empty or none. */
const char *record_string(const cJSON *value);

/* The number VALUE, from 0 to MOST; MISSING if it is none of these. */
int64_t record_number(const cJSON *value, int64_t most, int64_t missing);

/* What a record of EVENT tells; WORKED: its result is 0. */
enum line_kind record_kind(const char *event, bool worked);

/* Fills LINE from RECORD, an object that has a "v". */
void record_read(struct line *line, const cJSON *record);

#endif

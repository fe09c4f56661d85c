/* How `reuseshim list` looks. */
#ifndef REUSESHIM_COMMAND_LIST_PRINT_H
#define REUSESHIM_COMMAND_LIST_PRINT_H

#include "base/text.h"
#include "command/list_rows.h"

/* Adds the line above the table. */
void list_print_head(struct text *text);

/* Adds ROW as a line of the table, or as one JSON object and a newline. NOW_US is the time that
 * ages count from. Symbols are looked up here; their strings live in SCRATCH. */
void list_print_row(struct text *text, struct list_row *row, int64_t now_us,
                    struct scratch *scratch);
void list_print_json(struct text *text, struct list_row *row, struct scratch *scratch);

#endif

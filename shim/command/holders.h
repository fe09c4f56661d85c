/* The table of everything that has a port, within 80 columns. */
#ifndef REUSESHIM_COMMAND_HOLDERS_H
#define REUSESHIM_COMMAND_HOLDERS_H

#include <stdbool.h>

#include "base/text.h"
#include "rules/evidence.h"

enum { HOLDERS_SHOWN_MAX = 64 };

/* The rows of one table: holders of several looks, each socket once. */
struct holders {
    const struct holder *rows[HOLDERS_SHOWN_MAX];
    size_t count;
    uint64_t more; /* sockets without a row */
};

/* Adds the holders of EVIDENCE that are not there yet. They must live as long as HOLDERS. */
void holders_add(struct holders *holders, const struct evidence *evidence);

/* Adds the table, each line with its newline; nothing for no row. No line is longer than WIDTH
 * columns, but for a cell that alone is. */
void holders_print(struct text *text, const struct holders *holders, size_t width);

#endif

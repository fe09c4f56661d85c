/* All looks at one WHERE, and their answer as it is told: for people or as JSON. */
#ifndef REUSESHIM_COMMAND_ANSWER_H
#define REUSESHIM_COMMAND_ANSWER_H

#include <stdbool.h>

#include "command/look.h"
#include "command/where.h"

struct answers {
    const struct where *where;
    size_t count; /* at most WHERE_LOCALS_MAX; 0 = this machine has no such sockets */
    bool verbose; /* with both sides' options, and every cure */
    struct look looks[WHERE_LOCALS_MAX];
};

/* Looks at each address of WHERE. answers_close() gives the memory back. */
void answers_look(struct answers *answers, const struct where *where);
void answers_close(struct answers *answers);

/* The exit code for all of them together: held beats frees itself beats cannot see beats free. */
int answers_exit(const struct answers *answers, bool with_option);

/* No socket is in the way, whether a bind() works or not. */
bool answers_unheld(const struct answers *answers);

/* The errno that all the addresses together give for another reason than EADDRINUSE: one that does
 * not go away by itself, if there is one; 0 = none. */
int answers_bind_error(const struct answers *answers);

/* Milliseconds until what holds the addresses has ended by itself; -1 if it does not. */
int64_t answers_frees_in_ms(const struct answers *answers, bool with_option);

/* Prints on stdout: the explanation, whose first line is the answer; then the tables that it was
 * drawn from: the sockets, and what a bind would meet. */
void answers_print(const struct answers *answers);

/* Only the lines of the explanation. */
void answers_explain(const struct answers *answers);

/* Prints one JSON object for each address. */
void answers_json(const struct answers *answers);

#endif

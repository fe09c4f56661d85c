/* Who starts a process again: how each supervisor is recognised, what it calls what it supervises,
 * and how that is stopped, as one table. Pure.
 */
#ifndef REUSESHIM_RULES_SUPERVISOR_H
#define REUSESHIM_RULES_SUPERVISOR_H

#include "base/text.h"
#include "rules/identity.h"

/* Where it says what it takes to reach it. */
enum supervisor_folder { FOLDER_NONE = 0, FOLDER_OF_SUPERVISOR, FOLDER_IN_VARIABLE };

/* A row of the table. */
struct supervisor_form {
    enum supervisor_kind kind;
    char program[20];      /* its name, or the script that its interpreter runs; "" = none */
    char variable[24];     /* of the supervised process's environment that gives its name */
    char group[24];        /* ... and its group, which is put before it with a colon */
    char folder_in[16];    /* the variable that gives the folder, or the server's address */
    enum supervisor_folder folder;
    bool parent_only;      /* it supervises its own children, not theirs */
    bool by_variable;      /* known by the variable: it may not be an ancestor */
    char stop[48];         /* %n name, %f folder, %c option for its configuration, %p its pid,
                            * %h the holder's pid */
};

/* The form of KIND; NULL if it has none. */
const struct supervisor_form *supervisor_form(enum supervisor_kind kind);

/* The form of a process called COMM whose program (as program_add() has it, or NULL) is PROGRAM;
 * NULL if it is no supervisor. */
const struct supervisor_form *supervisor_by_process(const char *comm, const char *program);

/* Is UNIT (NULL = none) a service that is stopped as one? No login, and none that starts what its
 * users ask for (cron): to stop that ends too little or too much. */
bool supervisor_stops_unit(const char *unit);

/* Is the supervisor itself ended by its stop command? */
bool supervisor_ends_by_signal(enum supervisor_kind kind);

/* Does a shell's CODE go round: has it while, until or for where a command begins? */
bool supervisor_code_loops(const char *code);

/* Adds the command that stops what SUPERVISOR has, of which HOLDER is the pid; false, with nothing
 * added, if something that it takes is not known. */
bool supervisor_add_stop(struct text *command, const struct supervisor *supervisor, int32_t holder);

#endif

/* Who starts a process again: how each supervisor is recognised, what it calls what it supervises,
 * and how that is stopped, as one table. Pure.
 */
#ifndef REUSESHIM_RULES_SUPERVISOR_H
#define REUSESHIM_RULES_SUPERVISOR_H

#include "base/text.h"
#include "rules/identity.h"

/* Where it says what it takes to reach it. */
enum supervisor_folder { FOLDER_NONE = 0, FOLDER_OF_SUPERVISOR, FOLDER_IN_VARIABLE };

/* A row of the table: of each of its strings, where supervisor_word() has it. */
struct supervisor_form {
    uint16_t program;      /* its name, or the script that its interpreter runs; "" = none */
    uint16_t variable;     /* of the supervised process's environment that gives its name */
    uint16_t group;        /* ... and its group, which is put before it with a colon */
    uint16_t folder_in;    /* the variable that gives the folder, or the server's address */
    uint16_t stop;         /* %n name, %f folder, %c option for its configuration, %p its pid,
                            * %h the pids of those that have the socket, %d the same, as they are
                            * when the command runs, %9 the signal that they take, if it is not
                            * SIGTERM */
    uint8_t kind;          /* enum supervisor_kind */
    uint8_t folder;        /* enum supervisor_folder */
};

/* One of the strings of a row. */
const char *supervisor_word(uint16_t at);

/* What a supervisor has. */
struct supervised {
    const char *comm;
    const int32_t *pids; /* the processes that have the socket */
    size_t count;
    bool deaf;           /* SIGTERM does not end them */
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

/* ... or are the processes that it has, too? */
bool supervisor_ends_holder(enum supervisor_kind kind);

/* Does a shell's CODE go round: has it while, until or for where a command begins? */
bool supervisor_code_loops(const char *code);

/* Adds the command that stops SUPERVISED by SUPERVISOR; false, with nothing added, if something
 * that it takes is not known. */
bool supervisor_add_stop(struct text *command, const struct supervisor *supervisor,
                         const struct supervised *supervised);

#endif

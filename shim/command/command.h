/* The command's subcommands, and how each reads its arguments.
 *
 * A subcommand is one row: its name, its options as a table, and the function that does it. Help,
 * --version and usage errors come from the table. This is an ordinary process: heap and stdio are
 * fine here, and exit() is how a usage error ends.
 */
#ifndef REUSESHIM_COMMAND_COMMAND_H
#define REUSESHIM_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes. What a subcommand gives when it works is in its own row of the manual. */
enum {
    EXIT_YES = 0,
    EXIT_FREE = 0,
    EXIT_NO = 1,
    EXIT_HELD = 1,
    EXIT_FREES_ITSELF = 2,
    EXIT_USAGE = 3,
    EXIT_CANNOT_SEE = 4,  /* and: not permitted */
    EXIT_CANNOT_BIND = 4, /* no socket is in the way: a right, an address or a folder is missing */
    EXIT_OWN_ERROR = 125, /* of run, policy and systemd, as env(1) and timeout(1) have it */
    EXIT_CANNOT_RUN = 126,
    EXIT_NOT_FOUND = 127
};

/* One option. */
struct flag {
    const char *name;    /* without the dashes */
    char letter;         /* 0 = it has only its name */
    const char *value;   /* what its argument is called; NULL = it takes none */
    const char *meaning; /* for --help */
};

struct arguments;

struct subcommand {
    const char *name;
    const char *usage;        /* what follows the name: "[OPTION]... WHERE" */
    const char *summary;      /* for the list of subcommands */
    const char *details;      /* for its --help, behind the options; may be NULL */
    const struct flag *flags; /* FLAGS_MAX at most */
    size_t flag_count;
    bool has_json;    /* takes --json */
    bool stops_early; /* options end at the first word that is none: another command line */
    int usage_exit;   /* exit code for wrong arguments and for output that can't be written */
    int (*run)(struct arguments *arguments); /* returns the exit code */
};

enum { FLAGS_MAX = 12 };

/* A command line on its way. */
struct arguments {
    const struct subcommand *subcommand;
    int count; /* words left, once arguments_next() has returned -1 */
    char **words;
    bool json;
    const char *value; /* of the option just read */
    int argc;
    char **argv;
};

/* Reads the next option: returns its index in the subcommand's flags, or -1 when all are read; then
 * count and words are what follows. --help and --version print and exit; an option that is wrong is
 * told on stderr, and exits with usage_exit. */
int arguments_next(struct arguments *arguments);

/* Reads all options of a subcommand that has none of its own, and sees to it that AT_LEAST to
 * AT_MOST words follow. */
void arguments_want(struct arguments *arguments, int at_least, int at_most);

/* The value of the option just read as a number from 0 to MOST; what is none ends as
 * arguments_wrong() does: "'x' is no WHAT". */
int64_t arguments_number(const struct arguments *arguments, const char *what, int64_t most);

/* The same for "90s", "30m", "24h", "7d": microseconds. */
int64_t arguments_age_us(const struct arguments *arguments);

/* Ends with usage_exit, and a message that names WHAT is wrong (a printf format). */
_Noreturn void arguments_wrong(const struct arguments *arguments, const char *what, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints the help of SUBCOMMAND on stdout. */
void arguments_help(const struct subcommand *subcommand);

/* Prints TEXT from COLUMN on, where the cursor is, folded for a terminal of 80 columns, and a line
 * end. */
void arguments_fold(const char *text, int column);

/* The rows, each in a file of its own. */
extern const struct subcommand run_subcommand;
extern const struct subcommand why_subcommand;
extern const struct subcommand wait_subcommand;
extern const struct subcommand free_subcommand;
extern const struct subcommand pick_subcommand;
extern const struct subcommand verify_subcommand;
extern const struct subcommand check_subcommand;
extern const struct subcommand policy_subcommand;
extern const struct subcommand symbolize_subcommand;
extern const struct subcommand explain_subcommand;
extern const struct subcommand systemd_subcommand;
extern const struct subcommand list_subcommand;
extern const struct subcommand report_subcommand;

#endif

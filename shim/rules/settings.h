/* What the environment asks for, as one value. Pure: text in, settings or an error out; who reads
 * the environment (hook/, command/) hands the texts in.
 */
#ifndef REUSESHIM_RULES_SETTINGS_H
#define REUSESHIM_RULES_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/policy.h"

enum variable {
    VARIABLE_POLICY = 0,
    VARIABLE_LOG,
    VARIABLE_FORMAT,
    VARIABLE_ONLY,
    VARIABLE_HISTORY,
    VARIABLE_VERBOSE,
    VARIABLE_HELPER,
    VARIABLE_NO_COLOR,
    VARIABLE_FORCE_COLOR,
    VARIABLE_COUNT
};

/* "REUSESHIM_POLICY", ... "NO_COLOR", "FORCE_COLOR". */
const char *variable_name(enum variable variable);

/* One sentence for people, and the default as people read it. */
const char *variable_meaning(enum variable variable);
const char *variable_default(enum variable variable);

/* REUSESHIM_LOG:     stderr, syslog, journal, fd:N, or else a path with a '/' or a '.' in it, in
 *                    which %p is the process id and %% is %. A file of such a name is ./stderr.
 * REUSESHIM_FORMAT:  text, json.
 * REUSESHIM_ONLY:    globs of a program's name, separated by commas.
 * REUSESHIM_HISTORY: off, or an absolute path of a folder without a comma, and then what may be
 *                    kept there: ",size=64M" in the folder, ",process=64K" for one process (32K to
 *                    1M), ",age=24h" after its end. Sizes end with K, M or G, times with s, m, h
 *                    or d.
 * REUSESHIM_VERBOSE: 1: stacks and options of both sides in every explanation; 0: only where they
 *                    decide the case.
 * REUSESHIM_HELPER:  auto, off, or the number of seccomp filters under which it was tried that a
 *                    process can be made.
 * NO_COLOR:          any value that is not empty: never colour. It wins over FORCE_COLOR.
 * FORCE_COLOR:       any value that is neither empty nor 0: always colour.
 */
enum log_kind { LOG_STDERR = 0, LOG_FILE, LOG_FD, LOG_SYSLOG, LOG_JOURNAL, LOG_KIND_COUNT };
enum format { FORMAT_TEXT = 0, FORMAT_JSON, FORMAT_COUNT };
enum color { COLOR_AUTO = 0, COLOR_NEVER, COLOR_ALWAYS };

enum { HELPER_AUTO = 0, HELPER_OFF = -1 };

/* "text", "json". */
const char *format_name(enum format format);

enum {
    SETTINGS_PATH_MAX = 4096, /* bytes with the NUL: PATH_MAX */
    SETTINGS_ONLY_MAX = 1024, /* bytes with the NUL */
    SETTINGS_ERROR_MAX = 640  /* bytes: longest line of settings_print_error, with the NUL */
};

/* What has a default stands together at the end: the first touch of a page takes longer than all
 * that the start of a program does with it. */
struct settings {
    char log_path[SETTINGS_PATH_MAX]; /* of LOG_FILE, %p not yet replaced */
    char history_path[SETTINGS_PATH_MAX]; /* of history */
    char only[SETTINGS_ONLY_MAX];     /* comma list of globs */
    struct policy policy;
    size_t only_length;               /* bytes of only[]; 0 = every program */
    enum log_kind log;
    int log_fd;                       /* of LOG_FD */
    enum format format;
    enum color color;
    bool verbose;
    int helper;                       /* filters, HELPER_AUTO or HELPER_OFF */
    bool history;                     /* there is a folder */
    uint64_t history_folder_bytes;
    uint32_t history_process_bytes;   /* a multiple of 4096 */
    int64_t history_age_s;
};

/* The defaults of every variable. */
void settings_init(struct settings *settings);

/* Reads VALUE (NUL-ended, never NULL) of VARIABLE into SETTINGS. Returns true; or false with ERROR
 * filled, and what VARIABLE governs is as settings_init leaves it. A value that is empty is as
 * unset, and so is one of blanks alone, but for the two colour variables. These may come in any
 * order; they never fail. */
bool settings_read(struct settings *settings, enum variable variable, const char *value,
                   struct reader_error *error);

/* True if a program called NAME is meant by the globs of REUSESHIM_ONLY. */
bool settings_means_program(const struct settings *settings, const char *name);

/* Writes the path of the log of process PID to BUFFER: log_path with %p and %% replaced. Returns
 * false if the log is no file, or if the path and a NUL do not fit in SIZE (at least 1) bytes. */
bool settings_log_path(const struct settings *settings, long pid, char *buffer, size_t size);

/* Adds the one line that tells of an error, without a newline: the variable, its text (shortened
 * around the column if long, no control characters), the column and what was expected, and that the
 * default is used:
 *
 *   reuseshim: REUSESHIM_POLICY="tcp:70000=force": column 5: expected a port from 1 to 65535; the
 *   default (explain) is used */
void settings_print_error(struct text *text, enum variable variable, const char *value,
                          const struct reader_error *error);

#endif

/* What a systemd unit starts, and puts into its environment, as far as LD_PRELOAD is concerned. */
#ifndef REUSESHIM_COMMAND_UNIT_H
#define REUSESHIM_COMMAND_UNIT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { UNIT_VALUE_MAX = 16 * 1024 };

struct unit {
    bool found;                   /* there is such a unit at all */
    char preload[UNIT_VALUE_MAX]; /* the value that it gives LD_PRELOAD; empty if none */
    char program[PATH_MAX];       /* the first that ExecStart= names, by its path; else empty */
    char filters[UNIT_VALUE_MAX]; /* its lines that make system call filters: KEY=VALUE\n, as they
                                     stand in the files */
};

/* From now on units are those of the user's own manager. Returns the folder for what the user
 * writes; NULL, with nothing changed, where that has no home. */
const char *unit_of_user(void);

/* Reads unit NAME ("nginx.service") without our drop-in DROP_IN (its file name), from its files
 * below ROOT ("" = the real root), in systemd's order: the unit file, then its drop-ins by their
 * names. */
void unit_read(const char *root, const char *name, const char *drop_in, struct unit *unit);

/* The unit below ROOT whose name is nearest to NAME, which is none; false if none is near. */
bool unit_nearest(const char *root, const char *name, char found[NAME_MAX + 1]);

/* Takes the value of LD_PRELOAD from the words of an Environment= line (ASSIGNMENTS, each
 * VARIABLE=VALUE, quoted or not). An empty line takes back what was set before. */
void unit_read_environment(const char *assignments, char value[UNIT_VALUE_MAX]);

/* Adds NAME=VALUE as one quoted word of an Environment= line. */
void unit_add_assignment(struct text *text, const char *name, const char *value);

/* SUFFIX ("." and a word) is one of the other types of units, systemd.unit(5): their processes, if
 * any, are systemd's. */
bool unit_is_other_type(const char *suffix);

#endif

/* What a systemd unit already puts into its environment, as far as LD_PRELOAD is concerned. */
#ifndef REUSESHIM_COMMAND_UNIT_H
#define REUSESHIM_COMMAND_UNIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { UNIT_VALUE_MAX = 16 * 1024 };

/* Writes the value that unit NAME ("nginx.service") gives LD_PRELOAD without our drop-in DROP_IN
 * (its file name) to VALUE of UNIT_VALUE_MAX bytes; empty if it gives none. Read from the unit's
 * files below ROOT ("" = the real root), in systemd's order: the unit file, then its drop-ins by
 * their names. FOUND says whether there is such a unit at all. */
void unit_preload(const char *root, const char *name, const char *drop_in,
                  char value[UNIT_VALUE_MAX], bool *found);

/* Takes the value of LD_PRELOAD from the words of an Environment= line (ASSIGNMENTS, each
 * VARIABLE=VALUE, quoted or not). An empty line takes back what was set before. */
void unit_read_environment(const char *assignments, char value[UNIT_VALUE_MAX]);

/* Adds NAME=VALUE as one quoted word of an Environment= line. */
void unit_add_assignment(struct text *text, const char *name, const char *value);

#endif

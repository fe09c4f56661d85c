/* Where the histories of this user's programs are. */
#ifndef REUSESHIM_COMMAND_REMEMBERED_H
#define REUSESHIM_COMMAND_REMEMBERED_H

#include <stdbool.h>

#include "rules/settings.h"

/* Writes the folder that is used where nobody says another one: $XDG_RUNTIME_DIR/reuseshim; else
 * /run/reuseshim for root; else ~/.cache/reuseshim; else /tmp/reuseshim-UID. The first is taken
 * that can be used: with MAKE by a writer, and it is made; else by a reader: one that is there, or
 * where the first would be. Returns false if there is none. */
bool remembered_default(char folder[SETTINGS_PATH_MAX], bool make);

/* Can the folder PATH be used by programs that are about to be run? Makes it. Returns 0 or
 * -errno. */
int remembered_try(const char *path);

/* The folder that REUSESHIM_HISTORY names, or else the default. NULL if it is off, is not
 * understood, or there is none. The text stays valid. */
const char *remembered_folder(void);

/* One sentence on why a folder cannot be used, for -ERROR of remembered_try(). */
const char *remembered_trouble(int error);

#endif

/* Where the histories of this user's programs are. */
#ifndef REUSESHIM_COMMAND_REMEMBERED_H
#define REUSESHIM_COMMAND_REMEMBERED_H

#include <stdbool.h>

#include "rules/settings.h"

/* Writes the folder that is used where nobody says another one: $XDG_RUNTIME_DIR/reuseshim; else
 * /run/reuseshim for root; else ~/.cache/reuseshim. The folder itself may not be there yet; what
 * is above it is made. Returns false if there is no such place. */
bool remembered_default(char folder[SETTINGS_PATH_MAX]);

/* The folder that REUSESHIM_HISTORY names, or else the default. NULL if it is off, is not
 * understood, or there is none. The text stays valid. */
const char *remembered_folder(void);

/* One sentence on why a folder cannot be used, for -ERROR of history_folder_open(). */
const char *remembered_trouble(int error);

#endif

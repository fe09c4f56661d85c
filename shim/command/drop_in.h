/* The file of a drop-in and its folder. */
#ifndef REUSESHIM_COMMAND_DROP_IN_H
#define REUSESHIM_COMMAND_DROP_IN_H

#include <stdbool.h>

#include "base/text.h"

/* Makes FOLDER and those above it. Returns false, with errno, if that can't be done. */
bool drop_in_make_folders(const char *folder);

/* Writes TEXT to the file PATH, whole or not at all. Returns false, with errno, if it can't. */
bool drop_in_write(const char *path, const struct text *text);

#endif

/* Where libreuseshim.so is. */
#ifndef REUSESHIM_COMMAND_LIBRARY_H
#define REUSESHIM_COMMAND_LIBRARY_H

#include <limits.h>
#include <stdbool.h>

#include "command/program.h"

#define LIBRARY_NAME "libreuseshim.so"

/* Finds the library as LD_PRELOAD can name it: beside this command, in ../lib or ../lib64, or else
 * by its bare name or in ../$LIB if the loader finds it so. Returns false, with a message on
 * stderr, if it is nowhere or its path can't stand in LD_PRELOAD. */
bool library_find(char path[PATH_MAX]);

/* The folder of this command, with its real path. */
bool library_own_folder(char folder[PATH_MAX]);

/* The library in the folder of this installation that each loader has for its own kind: $LIB, see
 * ld.so(8). Returns false if that can't stand in LD_PRELOAD. */
bool library_of_loader(char name[PATH_MAX]);

/* True if LD_PRELOAD=NAME loads the library into a program of this command's own kind. */
bool library_loads_here(const char *name);

/* What the library is made for: read from the file, or else as this command. */
void library_kind(struct kind *kind);

/* True if the memory map of process PID (as in /proc: a number or "self") has the library; its path
 * as mapped in PATH. ERROR is 0, or the errno that kept the map from being read. */
bool library_is_loaded(const char *pid, char path[PATH_MAX], int *error);

#endif

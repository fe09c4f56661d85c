/* What a program is to be started with: settings that are known to be good, and the library. */
#ifndef REUSESHIM_COMMAND_LAUNCH_H
#define REUSESHIM_COMMAND_LAUNCH_H

#include <stdbool.h>

#include "command/library.h"
#include "rules/settings.h"

struct launch {
    const char *values[VARIABLE_COUNT]; /* from options; NULL = what the environment says */
    struct settings settings;
    char library[PATH_MAX];
    struct kind kind; /* of the library */
};

/* Reads every setting as the library will, from VALUES or else the environment. A file for the log
 * that is relative is made absolute, for the program may change its folder. Returns false, with one
 * line on stderr, at the first one that can't be understood or a log that can't be written to. */
bool launch_read_settings(struct launch *launch);

/* The same without the environment and the look whether the log can be written to: for another time
 * and place. */
bool launch_read_values(struct launch *launch);

/* Writes the value of LD_PRELOAD that loads SANITIZER and LIBRARY (empty = none) and what EXISTING
 * (NULL = nothing) has, each once and in this order, to BUFFER. Returns false if that does not
 * fit. */
bool launch_preload(char *buffer, size_t size, const char *sanitizer, const char *library,
                    const char *existing);

/* Puts all that into this process's environment. Returns false with a message if it can't. */
bool launch_set_environment(const struct launch *launch, const char *sanitizer);

/* The same for a program under supervision: the library is not loaded, nor by an LD_PRELOAD that
 * was there before. */
bool launch_set_environment_bare(const struct launch *launch);

#endif

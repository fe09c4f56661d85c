/* Frames of stacks in a log: found, looked up, and told with their place in the source. */
#ifndef REUSESHIM_COMMAND_FRAMES_H
#define REUSESHIM_COMMAND_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Where the modules of a text log are looked for, which have only their base names there. */
struct frames_folders {
    const char *const *paths; /* folders, or files themselves */
    size_t count;
};

struct frames_style {
    struct frames_folders folders;
    bool color;
    size_t width; /* a line that gets longer is folded at its frames */
};

/* Adds LINE (LENGTH bytes, without a newline) to TEXT, its frames with file and line where they can
 * be found. What else is in the line is added as it is. */
void frames_text(struct text *text, const char *line, size_t length,
                 const struct frames_style *style);

/* The same for a line that is one JSON object: every object in it that has "module" and "offset"
 * gets "source", a list of {"function","file","line"}, innermost first. */
void frames_json(struct text *text, const char *line, size_t length);

#endif

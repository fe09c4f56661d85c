/* The files that a report is made of: found in folders, taken out of their compression by the
 * tool for that, and cut into lines. Heap; ends the program if there is no memory.
 */
#ifndef REUSESHIM_COMMAND_REPORT_INPUT_H
#define REUSESHIM_COMMAND_REPORT_INPUT_H

#include <stdbool.h>
#include <stddef.h>

enum {
    INPUT_LINE_MAX = 4 << 20, /* bytes: a record has 1 MiB at most, a journal's list of its bytes
                               * about four times that */
    INPUT_DEPTH_MAX = 16      /* folders in folders */
};

/* What gets the lines and the histories. */
struct input_visitor {
    /* A line, which may be changed; a NUL byte follows it. */
    void (*line)(void *context, char *bytes, size_t length);
    void (*too_long)(void *context);                         /* a line that is skipped */
    void (*history)(void *context, const char *path, void *bytes, size_t size);
    /* A file has been read to its end, or TROUBLE is why not, or only in part: not permitted, cut,
     * no tool... */
    void (*file)(void *context, const char *path, const char *trouble);
    void *context;
};

/* Reads PATH: a file, a folder with all that is in it, or "-" for the standard input. Troubles are
 * told to 'file'. */
void input_read(const char *path, const struct input_visitor *visitor);

#endif

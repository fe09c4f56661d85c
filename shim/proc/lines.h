/* The lines of a file that may be long, as those of /proc are, read in pieces. No heap, no lock;
 * errno is not kept. */
#ifndef REUSESHIM_PROC_LINES_H
#define REUSESHIM_PROC_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINES_BUFFER = 16384 }; /* bytes; a line has at most a path of 4095, or a page of options */

struct lines {
    int fd;
    char *buffer; /* LINES_BUFFER bytes */
    size_t next;  /* where the next line starts */
    size_t used;
};

/* Cuts the next line out of the buffer, without its end; it stays until the next call. Returns
 * false at the end of the file. */
bool lines_next(struct lines *lines, const char **line, size_t *length);

/* The same for files of which the heads of lines suffice, with 1 KiB of stack: gives TAKE the first
 * LINES_HEAD - 1 bytes of each line of FD, ended with a NUL, until it returns false. */
enum { LINES_HEAD = 512 };
void lines_each_head(int fd, bool (*take)(void *context, const char *head), void *context);

/* Reads a number in BASE at *AT and the one character behind it. Returns false if there is none. */
bool lines_number(const char **at, const char *end, unsigned int base, uint64_t *number);

#endif

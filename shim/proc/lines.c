#include "proc/lines.h"

#include <string.h>

#include "base/sys.h"

bool lines_next(struct lines *lines, const char **line, size_t *length)
{
    for (;;) {
        char *start = lines->buffer + lines->next;
        size_t left = lines->used - lines->next;
        char *end = left == 0 ? NULL : memchr(start, '\n', left);
        long got;

        if (end != NULL) {
            *line = start;
            *length = (size_t)(end - start);
            lines->next += *length + 1;
            return true;
        }
        memmove(lines->buffer, start, left);
        lines->next = 0;
        lines->used = left;
        if (left == LINES_BUFFER)
            return false;
        got = sys_read(lines->fd, lines->buffer + left, LINES_BUFFER - left);
        if (got <= 0)
            return false;
        lines->used += (size_t)got;
    }
}

void lines_each_head(int fd, bool (*take)(void *context, const char *head), void *context)
{
    char head[LINES_HEAD], bytes[LINES_HEAD];
    size_t used = 0;
    long got;

    while ((got = sys_read(fd, bytes, sizeof bytes)) > 0)
        for (long i = 0; i < got; i++) {
            if (bytes[i] != '\n') {
                if (used < sizeof head - 1)
                    head[used++] = bytes[i];
                continue;
            }
            head[used] = '\0';
            if (!take(context, head))
                return;
            used = 0;
        }
}

bool lines_number(const char **at, const char *end, unsigned int base, uint64_t *number)
{
    const char *start = *at;

    *number = 0;
    for (; *at < end; (*at)++) {
        char c = **at;
        unsigned int digit = c >= '0' && c <= '9'   ? (unsigned int)(c - '0')
                             : c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10
                                                    : base;

        if (digit >= base)
            break;
        *number = *number * base + digit;
    }
    if (*at == start || *at == end)
        return false;
    (*at)++;
    return true;
}

#include "unwind/perf_map.h"

#include <stdbool.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/lines.h"
#include "proc/procstat.h"
#include "unwind/elf.h"
#include "unwind/trace.h"

enum {
    FILE_MAX = 16 << 20, /* bytes, some 30 ms; a longer file is not read: its end counts */
    NAME_MAX_BYTES = 255,
};

/* Where the name of a place stands in the file. */
struct match {
    uint64_t start; /* address of the code */
    uint64_t at;
    size_t length; /* 0 = nothing was found */
};

static bool is_wanted(const struct place *place)
{
    return place->module == NULL && place->pc != 0;
}

/* An earlier process with the same number, or another user, would have named other code. */
static int open_map(void)
{
    char path[32];
    struct text text = text_in(path, sizeof path);
    struct sys_file file;
    struct procstat stat;
    int fd;

    text_format(&text, "/tmp/perf-%d.map", (int)sys_pid());
    fd = elf_open_file(path);
    if (fd >= 0 && (sys_file_of_fd(fd, &file) < 0 || file.uid != geteuid() ||
                    file.size > FILE_MAX ||
                    procstat_read(-1, 0, &stat) < 0 ||
                    file.written_us < procstat_started_us(stat.start_ticks))) {
        sys_close(fd);
        return -1;
    }
    return fd;
}

/* "7f2c9c034d40 378 JS:~openListener /srv/app.js:2:22": code that has moved is told again. */
static void take_line(const char *line, size_t length, uint64_t line_at, const struct place *places,
                      size_t count, struct match *matches)
{
    const char *name = line, *end = line + length;
    uint64_t start, size;

    if (!lines_number(&name, end, 16, &start) || !lines_number(&name, end, 16, &size))
        return;
    for (size_t i = 0; i < count; i++)
        if (is_wanted(&places[i]) && places[i].pc - 1 - start < size)
            matches[i] = (struct match){start, line_at + (uint64_t)(name - line),
                                        (size_t)(end - name)};
}

static void copy_names(int fd, const struct match *matches, struct place *places, size_t count,
                       char *buffer, struct scratch *scratch)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = matches[i].length;
        bool whole = length > 0 && length <= NAME_MAX_BYTES &&
                     sys_read_at(fd, buffer, length, matches[i].at) == (long)length;

        if (!whole)
            continue;
        places[i].symbol = scratch_copy(scratch, buffer, length);
        places[i].symbol_offset = places[i].pc - matches[i].start;
    }
}

static void read_map(int fd, struct place *places, size_t count, struct scratch *scratch)
{
    struct loan loan = scratch_borrow(scratch, LINES_BUFFER);
    struct lines lines = {.fd = fd, .buffer = loan.memory};
    struct match matches[TRACE_FRAMES_MAX] = {{0, 0, 0}};
    const char *line;
    uint64_t at = 0;
    size_t length;

    for (; lines.buffer != NULL && at < FILE_MAX && lines_next(&lines, &line, &length);
         at += length + 1)
        take_line(line, length, at, places, count, matches);
    if (lines.buffer != NULL)
        copy_names(fd, matches, places, count, lines.buffer, scratch);
    scratch_repay(scratch, &loan);
}

void perf_map_name(struct place *places, size_t count, struct scratch *scratch)
{
    bool wanted = false;
    int fd;

    for (size_t i = 0; i < count; i++)
        wanted = wanted || is_wanted(&places[i]);
    fd = wanted && count <= TRACE_FRAMES_MAX ? open_map() : -1;
    if (fd < 0)
        return;
    read_map(fd, places, count, scratch);
    sys_close(fd);
}

#include "command/report_input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/console.h"
#include "past/history_format.h"

enum { BLOCK_SIZE = 256 * 1024, MAGIC_SIZE = 8 };

/* What files begin with, and the tool that reads them. */
static const struct compression {
    const char magic[8];
    char tool[8];
} compressions[] = {
    {"\x1f\x8b", "gzip"},
    {"\x28\xb5\x2f\xfd", "zstd"},
    {"\xfd\x37zXZ", "xz"},
};

struct reader {
    const struct input_visitor *visitor;
    size_t files;
    char *bytes; /* lines that have not been told yet; INPUT_LINE_MAX and a block more */
    size_t used;
    bool skipping; /* to the end of a line that is too long */
};

/* ---- Lines ---- */

static const struct compression *compression_of(const char *start, size_t length)
{
    size_t size;

    for (size_t i = 0; i < sizeof compressions / sizeof *compressions; i++) {
        size = strlen(compressions[i].magic);
        if (length >= size && memcmp(start, compressions[i].magic, size) == 0)
            return &compressions[i];
    }
    return NULL;
}

static void give_line(struct reader *reader, char *start, size_t length)
{
    start[length] = '\0';
    if (length > 0 && start[length - 1] == '\r')
        start[--length] = '\0';
    if (length > 0)
        reader->visitor->line(reader->visitor->context, start, length);
}

/* Tells the whole lines of what has been read, and keeps the rest. */
static void give_lines(struct reader *reader, bool at_end)
{
    char *at = reader->bytes, *end = reader->bytes + reader->used, *stop;

    while ((stop = memchr(at, '\n', (size_t)(end - at))) != NULL || (at_end && at < end)) {
        if (stop == NULL)
            stop = end;
        if (!reader->skipping)
            give_line(reader, at, (size_t)(stop - at));
        reader->skipping = false;
        at = stop < end ? stop + 1 : end;
    }
    reader->used = (size_t)(end - at);
    memmove(reader->bytes, at, reader->used);
    if (reader->used >= INPUT_LINE_MAX) {
        if (!reader->skipping)
            reader->visitor->too_long(reader->visitor->context);
        reader->skipping = true;
        reader->used = 0;
    }
}

static bool is_history(const char *start, size_t length)
{
    uint64_t magic = 0;

    if (length < sizeof magic)
        return false;
    memcpy(&magic, start, sizeof magic);
    return magic == HISTORY_MAGIC;
}

/* The rest of a history that has begun. The line buffer is large enough for one, and aligned. */
static const char *read_history(struct reader *reader, const char *path, int fd)
{
    ssize_t got;

    while (reader->used <= HISTORY_SIZE_MAX &&
           (got = read(fd, reader->bytes + reader->used,
                       HISTORY_SIZE_MAX + 1 - reader->used)) > 0)
        reader->used += (size_t)got;
    reader->visitor->history(reader->visitor->context, path, reader->bytes, reader->used);
    return NULL;
}

/* Of what read_stream() leaves to a tool. */
static const char packed[] = "it is compressed";

/* Reads FD to its end. Returns NULL, or what went wrong: 'packed' for compressed bytes, which a
 * pipe has no way to give twice. */
static const char *read_stream(struct reader *reader, const char *path, int fd)
{
    ssize_t got;
    bool begun = false;

    reader->used = 0;
    reader->skipping = false;
    for (;;) {
        got = read(fd, reader->bytes + reader->used, BLOCK_SIZE);
        if (got < 0 && errno != EINTR)
            return strerror(errno);
        reader->used += got > 0 ? (size_t)got : 0;
        if (!begun && (reader->used >= MAGIC_SIZE || got == 0)) {
            if (compression_of(reader->bytes, reader->used) != NULL)
                return packed;
            if (is_history(reader->bytes, reader->used))
                return read_history(reader, path, fd);
            begun = true;
        }
        if (begun)
            give_lines(reader, got == 0);
        if (got == 0)
            return NULL;
    }
}

/* ---- Compression ---- */

/* Starts TOOL with FD as its input. Returns the end of a pipe to read from, or -1. */
static int start_tool(const char tool[8], int fd, pid_t *pid)
{
    char name[8], option[] = "-dcq", *words[] = {name, option, NULL};
    extern char **environ;
    posix_spawn_file_actions_t actions;
    int ends[2];
    int error;

    memcpy(name, tool, sizeof name);
    if (pipe(ends) < 0)
        return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    error = posix_spawnp(pid, name, &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error == 0)
        return ends[0];
    close(ends[0]);
    return -1;
}

/* Returns NULL, or what went wrong. */
static const char *read_compressed(struct reader *reader, const char *path, const char tool[8],
                                   int fd)
{
    static char words[96];
    const char *trouble;
    pid_t pid;
    int status = 0, end = start_tool(tool, fd, &pid);

    if (end < 0) {
        snprintf(words, sizeof words, "it is compressed, and there is no %s here", tool);
        return words;
    }
    trouble = read_stream(reader, path, end);
    close(end);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (trouble == packed)
        return "it is compressed twice: unpack it once";
    if (trouble != NULL || status == 0)
        return trouble;
    snprintf(words, sizeof words, "%s could not read it to its end: what it gave is counted",
             tool);
    return words;
}

/* ---- Files ---- */

/* What is in FD decides, not its name. */
static const char *read_open(struct reader *reader, const char *path, int fd)
{
    char start[MAGIC_SIZE];
    ssize_t length = pread(fd, start, sizeof start, 0);
    const struct compression *compression =
        length > 0 ? compression_of(start, (size_t)length) : NULL;
    const char *trouble;

    if (compression != NULL)
        return read_compressed(reader, path, compression->tool, fd);
    trouble = read_stream(reader, path, fd);
    if (trouble == packed)
        return "it is compressed and comes by a pipe: name the file, or let zcat, zstdcat or "
               "xzcat open it";
    return trouble;
}

/* TROUBLE: NULL, or why PATH could not be read to its end. */
static void tell(struct reader *reader, const char *path, const char *trouble)
{
    reader->files++;
    reader->visitor->file(reader->visitor->context, path, trouble);
}

static void read_path(struct reader *reader, const char *path, bool named, int depth);

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* In the order of the names, which often is that of the times. */
static bool read_folder(struct reader *reader, const char *path, int depth)
{
    DIR *folder = opendir(path);
    char **names = NULL;
    size_t count = 0, room = 0;
    struct dirent *entry;

    if (folder == NULL)
        return false;
    while ((entry = readdir(folder)) != NULL) {
        size_t size = strlen(path) + strlen(entry->d_name) + 2;

        if (entry->d_name[0] == '.')
            continue;
        names = console_grown(names, &room, count, sizeof *names);
        names[count] = console_memory(size);
        snprintf(names[count++], size, "%s/%s", path, entry->d_name);
    }
    closedir(folder);
    if (count > 0)
        qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        read_path(reader, names[i], false, depth + 1);
        free(names[i]);
    }
    free(names);
    return true;
}

/* Only what was NAMED by the user may be a pipe or a device: none in a folder is waited for. A link
 * in a folder is followed to a file; to a folder, links could go round. */
static void read_path(struct reader *reader, const char *path, bool named, int depth)
{
    const char *trouble = NULL;
    struct stat about, own;
    int fd;

    if (stat(path, &about) < 0)
        trouble = strerror(errno);
    else if (!named && S_ISDIR(about.st_mode) && lstat(path, &own) == 0 && S_ISLNK(own.st_mode))
        trouble = "a link to a folder is not followed: name the folder";
    else if (S_ISDIR(about.st_mode) && depth == INPUT_DEPTH_MAX)
        trouble = "too many folders in folders: not read; name the folder";
    else if (!named && !S_ISDIR(about.st_mode) && !S_ISREG(about.st_mode))
        trouble = "no file: a pipe or a device is read where it is named";
    else if (S_ISDIR(about.st_mode) && read_folder(reader, path, depth))
        return;
    else if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        trouble = strerror(errno);
    else {
        trouble = read_open(reader, path, fd);
        close(fd);
    }
    tell(reader, path, trouble);
}

void input_read(const char *path, const struct input_visitor *visitor)
{
    static char *bytes;
    struct reader reader = {.visitor = visitor};

    if (bytes == NULL)
        bytes = console_memory(INPUT_LINE_MAX + BLOCK_SIZE + 1);
    reader.bytes = bytes;
    if (strcmp(path, "-") == 0)
        tell(&reader, path, read_open(&reader, path, STDIN_FILENO));
    else
        read_path(&reader, path, true, 0);
    if (reader.files == 0)
        tell(&reader, path, "no file is in it, but for those whose names begin with a dot");
}

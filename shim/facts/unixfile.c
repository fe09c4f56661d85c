#include "facts/unixfile.h"

#include <fcntl.h>
#include <string.h>

#include <linux/stat.h>

#include "base/sys.h"
#include "proc/lines.h"
#include "facts/probe.h"
#include "facts/sockdiag.h"

enum { FOLDER_MAX = 4096 }; /* PATH_MAX, linux/limits.h */

const char *unixfile_folder(const struct endpoint *local, struct scratch *scratch)
{
    char *folder;
    long length;

    if (local->path_length == 0 || local->path[0] == '/' || endpoint_is_abstract(local))
        return NULL;
    folder = scratch_take(scratch, FOLDER_MAX);
    if (folder == NULL)
        return NULL;
    length = sys_call(SYS_getcwd, folder, FOLDER_MAX);
    /* "(unreachable)/..." outside of the root; an error in a folder that was removed. */
    return length > 0 && folder[0] == '/' ? folder : NULL;
}

#ifdef STATX_MNT_ID
/* The number of the mount that PATH is in, 0 = not known. */
static uint64_t mount_of(const char *path)
{
    struct statx status;
    long result = sys_call(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &status);

    return result == 0 && status.stx_mask & STATX_MNT_ID ? status.stx_mnt_id : 0;
}
#else
static uint64_t mount_of(const char *path)
{
    (void)path;
    return 0;
}
#endif

/* "number parent major:minor root ...", proc_pid_mountinfo(5). Returns true if it is MOUNT's. */
static bool is_line_of(const char *line, size_t length, uint64_t mount, struct sys_file *file)
{
    const char *end = line + length;
    uint64_t number, major, minor;

    if (!lines_number(&line, end, 10, &number) || number != mount ||
        !lines_number(&line, end, 10, &number) || !lines_number(&line, end, 10, &major) ||
        !lines_number(&line, end, 10, &minor))
        return false;
    file->device_major = (uint32_t)major;
    file->device_minor = (uint32_t)minor;
    return true;
}

/* The first thread may have ended, or be in another mount namespace: not /proc/self. */
static void take_device_of(uint64_t mount, struct sys_file *file)
{
    struct lines lines = {.buffer = sys_map(LINES_BUFFER)};
    const char *line;
    size_t length;

    if (lines.buffer == NULL)
        return;
    lines.fd = sys_open_at(AT_FDCWD, "/proc/thread-self/mountinfo", O_RDONLY, 0);
    if (lines.fd >= 0) {
        while (lines_next(&lines, &line, &length) && !is_line_of(line, length, mount, file))
            ;
        sys_close(lines.fd);
    }
    sys_unmap(lines.buffer, LINES_BUFFER);
}

int unixfile_of_path(const char *path, struct sys_file *file)
{
    int error = sys_file_of_path(AT_FDCWD, path, file);
    uint64_t mount = error == 0 ? mount_of(path) : 0;

    if (mount != 0)
        take_device_of(mount, file);
    return error;
}

/* The bytes after the last slash. */
static const char *last_part(const struct endpoint *local, size_t *length)
{
    size_t start = local->path_length;

    while (start > 0 && local->path[start - 1] != '/')
        start--;
    *length = local->path_length - start;
    return local->path + start;
}

struct namesakes {
    const struct endpoint *local;
    bool any;
};

static bool visit(void *context, const struct diag_row *row)
{
    struct namesakes *namesakes = context;
    size_t length, other_length;
    const char *name = last_part(namesakes->local, &length);
    const char *other = last_part(&row->socket.local, &other_length);

    if (row->socket.local.family == FAMILY_UNIX && length == other_length &&
        memcmp(name, other, length) == 0)
        namesakes->any = true;
    return !namesakes->any;
}

bool unixfile_is_elsewhere(const struct endpoint *local)
{
    struct diag_query query = {.protocol = PROTOCOL_UNIX};
    struct namesakes namesakes = {local, false};
    struct diag_visitor visitor = {visit, &namesakes};
    struct diag_result result = sockdiag_each(&query, &visitor);

    /* Last: it may have been closed in the meantime. */
    return result.error == 0 && result.complete && !namesakes.any &&
           probe_path(local) == PATH_LIVE;
}
